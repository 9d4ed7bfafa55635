import FoundationEssentials

/// JSON for reading: indented, keys in their order, numbers as they are.
enum JSONLayout {
    /// The text with line breaks and indentation, or nil where the bytes are no JSON object or list.
    ///
    /// Lists of nothing but short values stay on one line.
    static func pretty(_ bytes: [UInt8]) -> String? {
        guard let first = bytes.first(where: { $0 > 0x20 }),
            first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
            (try? JSONDecoder().decode(AnyJSON.self, from: Data(bytes))) != nil
        else { return nil }
        var layout = Layout(bytes: bytes)
        return layout.value(indent: 0) + "\n"
    }

    /// Accepts any JSON.
    private struct AnyJSON: Decodable {
        init(from decoder: any Decoder) throws {}
    }

    /// Walks JSON that is known to be sound.
    private struct Layout {
        let bytes: [UInt8]
        var position = 0

        private mutating func skipSpace() {
            while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
        }

        mutating func value(indent: Int) -> String {
            skipSpace()
            guard position < bytes.count, indent < 256 else { return "" }
            switch bytes[position] {
            case UInt8(ascii: "{"): return container(UInt8(ascii: "}"), indent: indent)
            case UInt8(ascii: "["): return container(UInt8(ascii: "]"), indent: indent)
            default: return scalar()
            }
        }

        private mutating func scalar() -> String {
            let start = position
            if bytes[position] == UInt8(ascii: "\"") {
                position += 1
                while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                    position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
                }
                position += 1
            } else {
                while position < bytes.count, bytes[position] > 0x20, !",]}:".utf8.contains(bytes[position]) {
                    position += 1
                }
            }
            position = min(position, bytes.count)
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }

        private mutating func container(_ closing: UInt8, indent: Int) -> String {
            let opening = String(UnicodeScalar(bytes[position]))
            position += 1
            var items: [String] = []
            while true {
                skipSpace()
                guard position < bytes.count else { break }
                if bytes[position] == closing {
                    position += 1
                    break
                }
                if bytes[position] == UInt8(ascii: ",") {
                    position += 1
                    continue
                }
                var item = value(indent: indent + 1)
                skipSpace()
                if position < bytes.count, bytes[position] == UInt8(ascii: ":") {
                    position += 1
                    item += ": " + value(indent: indent + 1)
                }
                items.append(item)
            }
            let end = String(UnicodeScalar(closing))
            let isShort =
                items.reduce(0) { $0 + $1.utf8.count + 2 } <= 72 && !items.contains { $0.contains("\n") }
            if items.isEmpty { return opening + end }
            if isShort && (opening == "[" || indent > 0) {
                return opening + items.joined(separator: ", ") + end
            }
            let margin = String(repeating: "  ", count: indent + 1)
            let inner = items.map { margin + $0 }.joined(separator: ",\n")
            return opening + "\n" + inner + "\n" + String(repeating: "  ", count: indent) + end
        }
    }
}
