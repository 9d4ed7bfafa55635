/// The parser behind `JSONDocument`: one pass over bytes, strict JSON (RFC 8259).
struct JSONParser: Sendable {
    private(set) var arena: [UInt8] = []
    private let bytes: [UInt8]
    private var position = 0
    private static let maximumDepth = 64
    /// The most values in a document: some ten times those of the largest vocabularies.
    private static let maximumValues = 16 << 20
    private var values = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
        arena.reserveCapacity(bytes.count)
    }

    mutating func document() throws(TokenizerError) -> JSONDocument.Value {
        guard isValidUTF8(bytes) else { throw .malformed("the JSON is not valid UTF-8") }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw failure("text after the document's end") }
        return value
    }

    private func failure(_ what: String) -> TokenizerError {
        .malformed("not valid JSON at byte \(position): \(what)")
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position += 1
        }
    }

    private mutating func peek() throws(TokenizerError) -> UInt8 {
        skipSpace()
        guard position < bytes.count else { throw failure("the document ends early") }
        return bytes[position]
    }

    private mutating func take(_ byte: UInt8) throws(TokenizerError) {
        guard try peek() == byte else {
            throw failure("expected '\(Character(Unicode.Scalar(byte)))'")
        }
        position += 1
    }

    private mutating func value(depth: Int) throws(TokenizerError) -> JSONDocument.Value {
        guard depth < Self.maximumDepth else { throw failure("nested deeper than \(Self.maximumDepth)") }
        values += 1
        guard values <= Self.maximumValues else { throw failure("more than \(Self.maximumValues) values") }
        switch try peek() {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object(depth: Int) throws(TokenizerError) -> JSONDocument.Value {
        try take(UInt8(ascii: "{"))
        var members: [(key: JSONDocument.JSONString, value: JSONDocument.Value)] = []
        if try peek() == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            guard try peek() == UInt8(ascii: "\"") else { throw failure("expected a key") }
            let key = try string()
            try take(UInt8(ascii: ":"))
            members.append((key, try value(depth: depth + 1)))
            if try peek() == UInt8(ascii: "}") {
                position += 1
                return .object(members)
            }
            try take(UInt8(ascii: ","))
        }
    }

    private mutating func array(depth: Int) throws(TokenizerError) -> JSONDocument.Value {
        try take(UInt8(ascii: "["))
        var elements: [JSONDocument.Value] = []
        if try peek() == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth + 1))
            if try peek() == UInt8(ascii: "]") {
                position += 1
                return .array(elements)
            }
            try take(UInt8(ascii: ","))
        }
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONDocument.Value
    ) throws(TokenizerError) -> JSONDocument.Value {
        let expected = Array("\(word)".utf8)
        guard bytes[position...].starts(with: expected) else { throw failure("expected \(word)") }
        position += expected.count
        return value
    }

    private mutating func number() throws(TokenizerError) -> Double {
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                position += 1
                continue
            default: break
            }
            break
        }
        if position - start <= 15, position > start,
            bytes[start..<position].allSatisfy({ 0x30...0x39 ~= $0 })
        {
            return Double(bytes[start..<position].reduce(0) { $0 * 10 + Int($1 & 0x0F) })
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard !text.hasPrefix("+"), let number = Double(text), number.isFinite else {
            throw failure("expected a value")
        }
        return number
    }

    private mutating func string() throws(TokenizerError) -> JSONDocument.JSONString {
        position += 1
        let start = arena.count
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return JSONDocument.JSONString(start: start, end: arena.count)
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw failure("a control character in a string")
            default: arena.append(byte)
            }
        }
        throw failure("a string without its end")
    }

    private mutating func escape() throws(TokenizerError) {
        guard position < bytes.count else { throw failure("a string without its end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): arena.append(byte)
        case UInt8(ascii: "b"): arena.append(8)
        case UInt8(ascii: "f"): arena.append(12)
        case UInt8(ascii: "n"): arena.append(10)
        case UInt8(ascii: "r"): arena.append(13)
        case UInt8(ascii: "t"): arena.append(9)
        case UInt8(ascii: "u"):
            var scalar = try fourHexDigits()
            if 0xD800..<0xDC00 ~= scalar {
                guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                    bytes[position + 1] == UInt8(ascii: "u")
                else { throw failure("half of a surrogate pair") }
                position += 2
                let low = try fourHexDigits()
                guard 0xDC00..<0xE000 ~= low else { throw failure("half of a surrogate pair") }
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
            } else if 0xDC00..<0xE000 ~= scalar {
                throw failure("half of a surrogate pair")
            }
            arena.append(scalar: scalar)
        default: throw failure("an unknown escape")
        }
    }

    private mutating func fourHexDigits() throws(TokenizerError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw failure("an escape that ends early") }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = hexDigit(byte) else { throw failure("an escape that is not hexadecimal") }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }
}

/// The value of an ASCII hexadecimal digit.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
