import JSON
import Texts

extension RecordValue {
    /// The maximum number of values in one JSON text.
    private static let valueLimit = 1 << 22

    /// The value of a whole JSON text.
    static func parsing(json text: ArraySlice<UInt8>) throws(JSONFault) -> RecordValue {
        var scanner = JSONScanner(text)
        var left = valueLimit
        let value = try parse(&scanner, depth: 0, &left)
        try scanner.expectEnd(of: "text")
        return value
    }

    /// A record of the members of a JSON object with some names; the others are skipped.
    static func parsing(record text: ArraySlice<UInt8>, names: Set<String>) throws(JSONFault) -> RecordValue {
        var scanner = JSONScanner(text)
        var left = valueLimit
        let value = try object(&scanner, depth: 0, &left, names)
        try scanner.expectEnd(of: "record")
        return value
    }

    private static func parse(
        _ scanner: inout JSONScanner, depth: Int, _ left: inout Int
    ) throws(JSONFault) -> RecordValue {
        left -= 1
        guard depth < depthLimit, left > 0 else {
            throw scanner.unexpected("values nested more than \(depthLimit) deep, or too many")
        }
        switch scanner.peek() {
        case UInt8(ascii: "\""):
            var text: [UInt8] = []
            try scanner.string(appendingTo: &text)
            return .text(text[...])
        case UInt8(ascii: "["):
            var elements: [RecordValue] = []
            try scanner.list { (scanner) throws(JSONFault) in
                elements.append(try parse(&scanner, depth: depth + 1, &left))
            }
            return .list(elements)
        case UInt8(ascii: "{"): return try object(&scanner, depth: depth, &left, nil)
        default:
            if scanner.skip(word: "null") || scanner.skip(word: "NaN") { return .null }
            let start = scanner.position
            try scanner.skipValue()
            return .scalar(scanner.bytes[start..<scanner.position])
        }
    }

    private static func object(
        _ scanner: inout JSONScanner, depth: Int, _ left: inout Int, _ names: Set<String>?
    ) throws(JSONFault) -> RecordValue {
        var members: [(name: String, value: RecordValue)] = []
        try scanner.object { (scanner, key) throws(JSONFault) in
            let name = String(decoding: key, as: UTF8.self)
            if names?.contains(name) == false {
                try scanner.skipValue()
            } else {
                members.append((name, try parse(&scanner, depth: depth + 1, &left)))
            }
        }
        if let twice = repeated(members.map(\.name)) {
            throw scanner.fault("duplicate name '\(twice.prefix(200))' in an object")
        }
        return .record(members)
    }

    /// A duplicate name: some programs would take the first value, others the last.
    private static func repeated(_ names: [String]) -> String? {
        if names.count < 2 { return nil }
        var seen = Set<ExactText>()
        return names.first { !seen.insert(ExactText($0)).inserted }
    }
}
