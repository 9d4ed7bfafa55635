import Texts

/// JSON for human readers: two-space indentation, names in their order, numbers as written.
package enum JSONLayout {
    /// The maximum width of a list or object on one line.
    private static let width = 72

    /// A whole JSON text, indented, with a final newline.
    ///
    /// A list, or an object inside another value, is put on one line if it is short and nothing in it takes more than
    /// one.
    ///
    /// - Throws: `JSONFault` if the text is not valid JSON by the rules.
    package static func indented(
        _ bytes: [UInt8], rules: JSONRules = .strict
    ) throws(JSONFault) -> [UInt8] {
        if let invalid = invalidUTF8(bytes) {
            throw JSONFault(offset: invalid, reason: "the text is not valid UTF-8")
        }
        var scanner = JSONScanner(bytes[...], rules: rules)
        let text = try value(&scanner, depth: 0)
        try scanner.expectEnd(of: "document")
        return text.bytes + [0x0A]
    }

    /// What `write` writes, indented, with a final newline.
    package static func indented(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        write(&writer)
        // The layout fails only for values nested too deeply to be read back.
        return (try? indented(writer.bytes)) ?? writer.bytes
    }

    private struct Item {
        var bytes: [UInt8]
        var takesLines = false
    }

    private static func value(_ scanner: inout JSONScanner, depth: Int) throws(JSONFault) -> Item {
        guard depth < JSONRules.depthLimit else { throw scanner.tooDeep() }
        var items: [Item] = []
        switch scanner.peek() {
        case UInt8(ascii: "["):
            try scanner.list { (scanner) throws(JSONFault) in
                items.append(try value(&scanner, depth: depth + 1))
            }
            return joined(items, "[", "]", depth: depth)
        case UInt8(ascii: "{"):
            try scanner.expect(UInt8(ascii: "{"), "'{'")
            if scanner.skip(UInt8(ascii: "}")) { return Item(bytes: Array("{}".utf8)) }
            repeat {
                let name = try written(&scanner)
                try scanner.expect(UInt8(ascii: ":"), "':'")
                let member = try value(&scanner, depth: depth + 1)
                items.append(
                    Item(bytes: name + Array(": ".utf8) + member.bytes, takesLines: member.takesLines))
            } while scanner.skip(UInt8(ascii: ","))
            try scanner.expect(UInt8(ascii: "}"), "',' or '}'")
            return joined(items, "{", "}", depth: depth)
        default: return Item(bytes: try written(&scanner))
        }
    }

    /// A scalar or a name, verbatim.
    private static func written(_ scanner: inout JSONScanner) throws(JSONFault) -> [UInt8] {
        _ = scanner.peek()
        let start = scanner.position
        try scanner.skipValue()
        return Array(scanner.bytes[start..<scanner.position])
    }

    private static func joined(_ items: [Item], _ opening: String, _ closing: String, depth: Int) -> Item {
        var bytes = Array(opening.utf8)
        let isShort =
            items.reduce(0) { $0 + $1.bytes.count + 2 } <= width && !items.contains(where: \.takesLines)
        if items.isEmpty || (isShort && (opening == "[" || depth > 0)) {
            bytes += Array(items.map(\.bytes).joined(separator: ", ".utf8))
            return Item(bytes: bytes + Array(closing.utf8))
        }
        func margin(_ depth: Int) -> [UInt8] { [0x0A] + [UInt8](repeating: 0x20, count: 2 * depth) }
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += margin(depth + 1)
            bytes += item.bytes
        }
        return Item(bytes: bytes + margin(depth) + Array(closing.utf8), takesLines: true)
    }
}
