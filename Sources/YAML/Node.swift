/// A position in a text, counting from 1.
public struct Mark: Sendable, Hashable {
    /// The line, from 1.
    public let line: Int
    // Kept small, because every value of a document has one.
    private let shortColumn: Int32
    private let shortSource: Int32

    /// The column in characters, from 1.
    public var column: Int { Int(shortColumn) }
    /// The number of the text, as it was given to the parser.
    public var source: Int { Int(shortSource) }

    package init(line: Int, column: Int, source: Int = 0) {
        self.line = line
        shortColumn = Int32(clamping: column)
        shortSource = Int32(clamping: source)
    }
}

/// A value in a YAML document, with its position.
public struct Node: Sendable {
    /// The content of a node.
    public enum Content: Sendable {
        /// Text; `isPlain` if it has neither quotes nor block style, so that it may be a number or a Boolean.
        case scalar(String, isPlain: Bool)
        /// A list.
        case sequence([Node])
        /// A map, in the file's order, with unique keys.
        case mapping([Entry])
    }

    /// One entry of a map.
    public struct Entry: Sendable {
        /// The text of the key.
        public let key: String
        /// The position of the key.
        public let mark: Mark
        /// The value.
        public let value: Node

        package init(key: String, mark: Mark, value: Node) {
            self.key = key
            self.mark = mark
            self.value = value
        }
    }

    /// The content.
    public let content: Content
    /// Where it begins.
    public let mark: Mark

    package init(content: Content, mark: Mark) {
        self.content = content
        self.mark = mark
    }
}

/// The meaning of a plain scalar in the core schema of YAML 1.2.
public enum Scalar: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)

    /// The meaning of a scalar: quoted text is a string, and so are `yes`, `no`, `on` and `off`.
    public init(_ text: String, isPlain: Bool) {
        guard isPlain, let first = text.utf8.first else {
            self = isPlain ? .null : .string(text)
            return
        }
        switch first {
        case UInt8(ascii: "~"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "t"),
            UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"):
            self = Self.word(text)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
            self = Self.number(text)
        default: self = .string(text)
        }
    }

    private static func word(_ text: String) -> Scalar {
        switch text {
        case "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": .boolean(true)
        case "false", "False", "FALSE": .boolean(false)
        default: .string(text)
        }
    }

    private static func number(_ text: String) -> Scalar {
        let digits = text.hasPrefix("+") || text.hasPrefix("-") ? text.dropFirst() : Substring(text)
        if text.hasPrefix("0x"), let value = Int(text.dropFirst(2), radix: 16) { return .integer(value) }
        if text.hasPrefix("0o"), let value = Int(text.dropFirst(2), radix: 8) { return .integer(value) }
        if !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            if let value = Int(text) { return .integer(value) }
            return Double(text).map { .number($0) } ?? .string(text)
        }
        switch digits.lowercased() {
        case ".inf": return .number(text.hasPrefix("-") ? -.infinity : .infinity)
        case ".nan" where digits.count == text.count: return .number(.nan)
        default: break
        }
        let isNumeric = digits.utf8.allSatisfy { byte in
            byte >= 0x30 && byte <= 0x39 || "eE+-.".utf8.contains(byte)
        }
        guard isNumeric, digits.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 }), let value = Double(text)
        else { return .string(text) }
        return .number(value)
    }
}
