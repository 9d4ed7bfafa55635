/// Parses the values of a `JSONDocument`.
struct JSONParser {
    typealias Value = JSONDocument.Value

    /// The maximum number of values in a document: about ten times what the largest vocabularies have.
    private static let maximumValues = 16 << 20

    private var cursor: JSONCursor
    private var values = 0
    /// What is wrong with a text that is valid by the standard.
    private(set) var refusal: JSONFault?

    init(_ cursor: JSONCursor) { self.cursor = cursor }

    /// The number of bytes of texts and numbers.
    var written: Int { cursor.written }

    /// The value of the whole text; nil if it is not valid JSON.
    mutating func document() -> Value? {
        guard let root = value(depth: 0), cursor.peek() == nil else { return nil }
        return root
    }

    private mutating func value(depth: Int) -> Value? {
        values += 1
        guard depth < JSONRules.depthLimit, let first = cursor.peek() else { return nil }
        guard values <= Self.maximumValues else { return refuse("more than \(Self.maximumValues) values") }
        switch first {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return list(depth: depth)
        case UInt8(ascii: "\""): return text().map { .string($0) }
        case UInt8(ascii: "t"): return cursor.take(word: "true") ? .boolean(true) : nil
        case UInt8(ascii: "f"): return cursor.take(word: "false") ? .boolean(false) : nil
        case UInt8(ascii: "n"): return cursor.take(word: "null") ? .null : nil
        default:
            let start = cursor.written
            return cursor.number() ? .number(JSONDocument.Text(range: start..<cursor.written)) : nil
        }
    }

    private mutating func text() -> JSONDocument.Text? {
        let start = cursor.written
        guard cursor.takeQuote(), cursor.string() else { return nil }
        return JSONDocument.Text(range: start..<cursor.written)
    }

    private mutating func list(depth: Int) -> Value? {
        var elements: [Value] = []
        _ = cursor.take(UInt8(ascii: "["))
        if cursor.take(UInt8(ascii: "]")) { return .list(elements) }
        repeat {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "]")) ? .list(elements) : nil
    }

    private mutating func object(depth: Int) -> Value? {
        var members: [(name: JSONDocument.Text, value: Value)] = []
        _ = cursor.take(UInt8(ascii: "{"))
        if cursor.take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            cursor.skipSpace()
            guard let name = text(), cursor.take(UInt8(ascii: ":")), let member = value(depth: depth + 1)
            else { return nil }
            members.append((name, member))
        } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "}")) else { return nil }
        let arena = UnsafeRawBufferPointer(start: cursor.target, count: cursor.written)
        if let twice = RepeatedNames.first(members.count, in: arena, { members[$0].name.range }) {
            let name = String(decoding: arena[members[twice].name.range].prefix(200), as: UTF8.self)
            return refuse("duplicate name '\(name)' in an object")
        }
        return .object(members)
    }

    private mutating func refuse(_ reason: String) -> Value? {
        if refusal == nil { refusal = JSONFault(offset: cursor.index, reason: reason) }
        return nil
    }
}
