/// A JSON document whose strings stay bytes: `é` and `e` + U+0301 are different keys, as in a vocabulary they must be.
///
/// Foundation's decoder keeps objects in dictionaries keyed by `String`, where such keys fall together.
struct JSONDocument: Sendable {
    enum Value: Sendable {
        case null
        case boolean(Bool)
        case number(Double)
        case string(JSONString)
        case array([Value])
        case object([(key: JSONString, value: Value)])
    }

    /// A string's bytes in the document's arena.
    struct JSONString: Sendable {
        var start: Int
        var end: Int
    }

    let root: Value
    /// The bytes of all strings, escapes resolved.
    let arena: [UInt8]

    /// Reads a whole document; depth is bounded at 64.
    init(_ bytes: [UInt8]) throws(TokenizerError) {
        var parser = JSONParser(bytes: bytes)
        root = try parser.document()
        arena = parser.arena
    }

    func bytes(_ string: JSONString) -> [UInt8] { Array(arena[string.start..<string.end]) }

    func text(_ string: JSONString) -> String {
        String(decoding: arena[string.start..<string.end], as: UTF8.self)
    }

    /// The member of an object; nil where it is absent, null, or the value is no object.
    func member(_ name: String, of value: Value?) -> Value? {
        guard case .object(let members)? = value else { return nil }
        for (key, member) in members where arena[key.start..<key.end].elementsEqual(name.utf8) {
            if case .null = member { return nil }
            return member
        }
        return nil
    }

    func string(_ name: String, of value: Value?) -> String? {
        guard case .string(let string)? = member(name, of: value) else { return nil }
        return text(string)
    }

    func boolean(_ name: String, of value: Value?) -> Bool? {
        guard case .boolean(let boolean)? = member(name, of: value) else { return nil }
        return boolean
    }

    func integer(_ name: String, of value: Value?) -> Int? { Self.integer(member(name, of: value)) }

    func array(_ name: String, of value: Value?) -> [Value]? {
        guard case .array(let array)? = member(name, of: value) else { return nil }
        return array
    }

    static func integer(_ value: Value?) -> Int? {
        guard case .number(let number)? = value else { return nil }
        return Int(exactly: number)
    }
}
