/// A token of a source file, which comments and formatting do not affect.
struct SourceToken: Equatable {
    enum Kind: UInt8 {
        /// A name, keyword or number.
        case word = 1
        /// A string or regular expression, with its delimiters.
        case literal
        /// One or more characters of an operator.
        case operation
        /// Any other character.
        case mark
    }

    let kind: Kind
    let text: [UInt8]
    /// The meaning of the space around the token; 0 if it has none.
    var spacing: UInt8 = 0

    /// The text of a name or keyword; nil for other tokens.
    var word: String? { kind == .word ? String(decoding: text, as: UTF8.self) : nil }

    /// True for a word with these letters.
    func isWord(_ name: StaticString) -> Bool { kind == .word && equals(name) }

    /// True for punctuation of this one character.
    func isMark(_ character: Unicode.Scalar) -> Bool {
        kind != .word && kind != .literal && text.count == 1 && UInt32(text[0]) == character.value
    }

    /// The content of a plain string literal.
    var string: String? {
        guard kind == .literal, text.first == UInt8(ascii: "\""), !text.starts(with: "\"\"\"".utf8),
            !text.contains(UInt8(ascii: "\\"))
        else { return nil }
        return String(decoding: text.dropFirst().dropLast(), as: UTF8.self)
    }

    private func equals(_ name: StaticString) -> Bool {
        name.withUTF8Buffer { $0.elementsEqual(text) }
    }
}

/// A programming language, by a file's name.
enum SourceLanguage {
    case swift
    /// C, C++, CUDA and module maps.
    case c

    /// The language of a file; nil if every byte of it counts.
    init?(file: String) {
        switch file.split(separator: ".").last {
        case "swift": self = .swift
        case "h", "hpp", "c", "cc", "cpp", "cxx", "cu", "cuh", "modulemap": self = .c
        default: return nil
        }
    }

    func tokens(of bytes: [UInt8]) -> [SourceToken] {
        switch self {
        case .swift: SwiftTokens.tokens(of: bytes)
        case .c: CTokens.tokens(of: bytes)
        }
    }
}
