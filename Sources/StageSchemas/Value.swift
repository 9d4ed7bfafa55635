package import JSON
internal import Texts

/// A parameter's value: what YAML and JSON can express.
public enum Value: Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case list([Value])
    case map([String: Value])

    /// The value with every whole number within ±2⁵³ made an integer, so that `1.0` and `1` mean the same.
    public var normalized: Value {
        switch self {
        case .number(let number):
            guard number.rounded() == number, abs(number) <= 9_007_199_254_740_992 else { return self }
            return .integer(Int(number))
        case .list(let values): return .list(values.map(\.normalized))
        case .map(let entries): return .map(entries.mapValues(\.normalized))
        case .null, .boolean, .integer, .string: return self
        }
    }

    /// A description for messages about a wrong value: the value itself if it is short, otherwise its type.
    var shortDescription: String {
        switch self {
        case .boolean(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string(let text) where text.utf8.count <= 40: "the text '\(text)'"
        case .null, .string, .list, .map: typeName
        }
    }

    /// A description of the value's type: "a list", "an integer".
    public var typeName: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .map: "a map"
        }
    }
}

extension Value: Hashable {
    /// True if both are the same, texts by their bytes.
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.list(let left), .list(let right)): left == right
        case (.map(let left), .map(let right)): Self.exact(left) == Self.exact(right)
        default: false
        }
    }

    /// Hashes what equality compares.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .boolean(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .number(let value): hasher.combine(value)
        case .string(let text): ExactText(text).hash(into: &hasher)
        case .list(let values): hasher.combine(values)
        case .map(let entries): hasher.combine(Self.exact(entries))
        }
    }

    private static func exact(_ entries: [String: Value]) -> [ExactText: Value] {
        Dictionary(uniqueKeysWithValues: entries.map { (ExactText($0), $1) })
    }
}

extension Value: Codable {
    /// Decodes any JSON value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([Value].self) {
            self = .list(value)
        } else {
            self = .map(try container.decode([String: Value].self))
        }
    }

    /// Encodes the JSON value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .map(let value): try container.encode(value)
        }
    }
}

extension Value: CustomStringConvertible {
    /// The value on one line, as JSON with sorted keys; a string is only quoted if necessary.
    public var description: String {
        switch self {
        case .string(let text): text
        case .integer(let number): String(number)
        default: json
        }
    }

    /// The value as compact JSON with sorted keys.
    public var json: String {
        var writer = JSONWriter()
        write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .boolean(let value): writer.boolean(value)
        case .integer(let value): writer.integer(value)
        case .number(let value): writer.number(value)
        case .string(let text): writer.string(text)
        case .list(let values): writer.list(values) { $1.write(to: &$0) }
        case .map(let entries):
            writer.object { writer in
                for (name, value) in entries.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                ) {
                    writer.member(name) { value.write(to: &$0) }
                }
            }
        }
    }
}

extension Value {
    /// Reads a JSON value, strictly.
    ///
    /// - Throws: `JSONFault` if the text is not valid JSON, if a number does not fit, or if two names in an object differ only
    ///   in how their accents are encoded: a map would lose one.
    package init(json bytes: [UInt8]) throws(JSONFault) {
        let document = try JSONDocument(bytes)
        self = try Value(document.root, of: document)
    }

    private init(_ value: JSONDocument.Value, of document: JSONDocument) throws(JSONFault) {
        switch value {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .string(let text): self = .string(document.string(text))
        case .number(let text):
            let isWhole = document.bytes(text).allSatisfy { $0 == UInt8(ascii: "-") || $0 &- 0x30 < 10 }
            if isWhole, let integer = Int(document.string(text)) {
                self = .integer(integer)
            } else if !isWhole, let number = document.double(value) {
                self = .number(number)
            } else {
                throw JSONFault(
                    offset: 0, reason: "the number \(document.string(text).prefix(40)) does not fit")
            }
        case .list(let values):
            var elements: [Value] = []
            for element in values { elements.append(try Value(element, of: document)) }
            self = .list(elements)
        case .object(let members):
            var entries: [String: Value] = [:]
            for (name, member) in members {
                let name = document.string(name)
                guard entries.updateValue(try Value(member, of: document), forKey: name) == nil else {
                    throw JSONFault(
                        offset: 0, reason: "two names differ only in how the accents of '\(name)' are encoded"
                    )
                }
            }
            self = .map(entries)
        }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// A list.
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
    /// A map; of equal keys the last wins.
    public init(dictionaryLiteral elements: (String, Value)...) {
        self = .map(Dictionary(elements) { _, last in last })
    }
}
