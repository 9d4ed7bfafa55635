import JSON

/// Reads what Python's `repr` prints: lists, tuples, dictionaries, texts, numbers, `None`, `True`, and calls and names of classes.
///
/// `Message(role='user', content="it's")` becomes a record of its named arguments; `<Role.USER: 'user'>`, the value of
/// an enumeration, becomes the text in it, and `Role.USER` its last name. Escapes are Python's; unknown ones are kept.
struct PythonLiteral: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var left = 1 << 20
    private let joinsTexts: Bool

    /// Parses a whole text.
    ///
    /// - Parameter joinsTexts: whether adjacent texts are one, as in Python's source; otherwise they are a fault.
    /// - Throws: `JSONFault`, which says what is wrong at which byte.
    static func parse(_ text: ArraySlice<UInt8>, joinsTexts: Bool = true) throws(JSONFault) -> RecordValue {
        var parser = PythonLiteral(bytes: text, position: text.startIndex, joinsTexts: joinsTexts)
        let value = try parser.value(depth: 0)
        guard parser.peek() == nil else { throw parser.fault("expected the end") }
        return value
    }

    private init(bytes: ArraySlice<UInt8>, position: Int, joinsTexts: Bool) {
        self.bytes = bytes
        self.position = position
        self.joinsTexts = joinsTexts
    }

    private mutating func peek() -> UInt8? {
        while position < bytes.endIndex {
            let byte = bytes[position]
            guard byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) else { return byte }
            position += 1
        }
        return nil
    }

    private mutating func skip(_ byte: Character) -> Bool {
        guard peek() == byte.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: Character) throws(JSONFault) {
        guard skip(byte) else { throw fault("expected '\(byte)'") }
    }

    private func fault(_ reason: String) -> JSONFault {
        let found =
            position < bytes.endIndex ? "found \(JSONFault.name(of: bytes[position]))" : "found the end"
        return JSONFault(offset: position - bytes.startIndex, reason: reason + ", " + found)
    }

    private mutating func value(depth: Int) throws(JSONFault) -> RecordValue {
        left -= 1
        guard depth < RecordValue.depthLimit, left > 0 else {
            throw fault("values nested more than \(RecordValue.depthLimit) deep, or too many")
        }
        guard let first = peek() else { throw fault("expected a value") }
        switch Character(Unicode.Scalar(first)) {
        case "[":
            position += 1
            return .list(try elements(until: "]", depth: depth))
        case "(":
            position += 1
            return .list(try elements(until: ")", depth: depth))
        case "{":
            position += 1
            return .record(try entries(depth: depth))
        case "<":
            position += 1
            return try enumeration()
        case "'", "\"": return .text(try strings())
        case "0"..."9", "-", "+", ".": return .scalar(word())
        default: return try name(depth: depth)
        }
    }

    private mutating func elements(until end: Character, depth: Int) throws(JSONFault) -> [RecordValue] {
        var values: [RecordValue] = []
        while !skip(end) {
            values.append(try value(depth: depth + 1))
            guard !skip(",") else { continue }
            try expect(end)
            break
        }
        return values
    }

    private mutating func entries(depth: Int) throws(JSONFault) -> [(name: String, value: RecordValue)] {
        var members: [(name: String, value: RecordValue)] = []
        while !skip("}") {
            let key = try value(depth: depth + 1)
            // A set has no values; its members are their own names.
            let member = skip(":") ? try value(depth: depth + 1) : key
            members.append((key.word ?? "", member))
            guard !skip(",") else { continue }
            try expect("}")
            break
        }
        return members
    }

    /// `None`, a dotted name, or a call.
    private mutating func name(depth: Int) throws(JSONFault) -> RecordValue {
        let word = word()
        guard !word.isEmpty else { throw fault("expected a value") }
        // One or two letters before a quote are a string prefix.
        if word.count <= 2, let quote = peek(), quote == 0x27 || quote == 0x22,
            word.allSatisfy({ "rRbBuUfF".utf8.contains($0) })
        {
            // The bytes of a text are no text, and only a program knows what is in the braces of f'…'.
            guard word.allSatisfy({ "rRuU".utf8.contains($0) }) else {
                throw fault(
                    "a text may have the prefixes r and u, not '\(String(decoding: word, as: UTF8.self))'")
            }
            return .text(try strings(isRaw: word.contains { $0 | 0x20 == UInt8(ascii: "r") }))
        }
        if word.elementsEqual("None".utf8) { return .null }
        guard skip("(") else {
            let last = word.lastIndex(of: UInt8(ascii: ".")).map { word[($0 + 1)...] } ?? word
            return .scalar(last)
        }
        var members: [(name: String, value: RecordValue)] = []
        while !skip(")") {
            let start = position
            let key = peek().map { _ in self.word() } ?? []
            if !key.isEmpty, skip("=") {
                members.append((String(decoding: key, as: UTF8.self), try value(depth: depth + 1)))
            } else {
                position = start
                members.append((String(members.count), try value(depth: depth + 1)))
            }
            guard !skip(",") else { continue }
            try expect(")")
            break
        }
        return .record(members)
    }

    /// The letters, digits, dots and signs that follow.
    private mutating func word() -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.endIndex {
            let byte = bytes[position]
            let isPart =
                (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte >= 0x80
                || [0x5F, 0x2E, 0x2B, 0x2D].contains(byte)
            guard isPart else { break }
            position += 1
        }
        return bytes[start..<position]
    }

    /// `<Role.USER: 'user'>`: the text in it, or else all of it.
    private mutating func enumeration() throws(JSONFault) -> RecordValue {
        let start = position
        var text: ArraySlice<UInt8>?
        while position < bytes.endIndex {
            switch bytes[position] {
            case UInt8(ascii: ">"):
                defer { position += 1 }
                return text.map { .text($0) } ?? .scalar(bytes[start..<position])
            case 0x27, 0x22: text = try strings()
            default: position += 1
            }
        }
        throw fault("expected '>'")
    }

    /// A string, or several adjacent ones, which are concatenated.
    private mutating func strings(isRaw: Bool = false) throws(JSONFault) -> ArraySlice<UInt8> {
        var text: [UInt8] = []
        var count = 0
        repeat {
            guard joinsTexts || count == 0 else {
                throw fault("a text follows a text without a comma, as numpy prints lists")
            }
            count += 1
            position = try PythonText.append(bytes, at: position, isRaw: isRaw, to: &text)
        } while peek() == 0x27 || peek() == 0x22
        return text[...]
    }
}
