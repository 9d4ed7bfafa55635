import Texts

/// A JSON document whose texts stay bytes and whose numbers keep their digits.
///
/// `é` and `e` + U+0301 are different names, as they must be in a vocabulary, although `String` considers them equal. An object
/// with duplicate names is refused: some programs would read the first value, others the last.
package struct JSONDocument: Sendable {
    package enum Value: Sendable {
        case null
        case boolean(Bool)
        case number(Text)
        case string(Text)
        case list([Value])
        case object([(name: Text, value: Value)])
    }

    /// A string's or a number's bytes in the document's arena.
    package struct Text: Sendable {
        package let range: Range<Int>
    }

    package let root: Value
    /// The bytes of all texts and numbers, with escapes decoded.
    package let arena: [UInt8]

    /// Reads a whole document; depth and the number of values are limited. A leading byte order mark is skipped.
    package init(_ bytes: [UInt8], rules: JSONRules = .strict) throws(JSONFault) {
        if let invalid = invalidUTF8(bytes) {
            throw JSONFault(offset: invalid, reason: "the text is not valid UTF-8")
        }
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var root: Value?
        var refusal: JSONFault?
        arena = [UInt8](unsafeUninitializedCapacity: bytes.count + 8) { target, written in
            bytes.withUnsafeBufferPointer { source in
                guard let source = source.baseAddress, let target = target.baseAddress else { return }
                // The target has room for the whole text plus one word.
                var parser = JSONParser(
                    JSONCursor(source + start, end: bytes.count - start, target: target, rules: rules))
                root = parser.document()
                refusal = parser.refusal
                written = parser.written
            }
        }
        if let root {
            self.root = root
            return
        }
        if let refusal { throw JSONFault(offset: start + refusal.offset, reason: refusal.reason) }
        throw Self.fault(bytes, from: start, rules)
    }

    /// What is wrong with a text that is not valid JSON.
    private static func fault(_ bytes: [UInt8], from start: Int, _ rules: JSONRules) -> JSONFault {
        var scanner = JSONScanner(bytes[start...], rules: rules)
        do {
            try scanner.skipValue()
            try scanner.expectEnd(of: "document")
        } catch {
            return JSONFault(offset: start + error.offset, reason: error.reason)
        }
        return scanner.fault("not valid JSON")
    }

    package func bytes(_ text: Text) -> ArraySlice<UInt8> { arena[text.range] }

    package func string(_ text: Text) -> String { String(decoding: bytes(text), as: UTF8.self) }

    /// The member of an object; nil if it is absent or null, or the value is not an object.
    package func member(_ name: String, of value: Value?) -> Value? {
        guard case .object(let members)? = value else { return nil }
        for member in members where bytes(member.name).elementsEqual(name.utf8) {
            if case .null = member.value { return nil }
            return member.value
        }
        return nil
    }

    package func string(_ name: String, of value: Value?) -> String? {
        guard case .string(let text)? = member(name, of: value) else { return nil }
        return string(text)
    }

    package func boolean(_ name: String, of value: Value?) -> Bool? {
        guard case .boolean(let boolean)? = member(name, of: value) else { return nil }
        return boolean
    }

    package func integer(_ name: String, of value: Value?) -> Int? { integer(member(name, of: value)) }

    package func list(_ name: String, of value: Value?) -> [Value]? {
        guard case .list(let list)? = member(name, of: value) else { return nil }
        return list
    }

    /// A whole number that fits; `1.0` and `1e3` are also whole.
    package func integer(_ value: Value?) -> Int? {
        guard case .number(let text)? = value else { return nil }
        let digits = bytes(text)
        // A fast path: vocabularies have hundreds of thousands of IDs.
        if digits.count <= 18, digits.allSatisfy({ $0 &- 0x30 < 10 }) {
            return digits.reduce(0) { $0 &* 10 &+ Int($1 & 0x0F) }
        }
        let string = string(text)
        if let integer = Int(string) { return integer }
        // Beyond 2⁵³ a fraction may have been lost.
        guard let number = Double(string), abs(number) <= 9_007_199_254_740_992 else { return nil }
        return Int(exactly: number)
    }

    /// A number as floating point; nil if it is too large or not a number.
    package func double(_ value: Value?) -> Double? {
        guard case .number(let text)? = value, let number = Double(string(text)), number.isFinite else {
            return nil
        }
        return number
    }
}
