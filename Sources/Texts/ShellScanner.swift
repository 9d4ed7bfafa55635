/// Tracks the quoting in a shell command, so that a value arrives unchanged, wherever it is inserted.
///
/// ```swift
/// var scanner = ShellScanner()
/// scanner.scan("echo \"")                          // inside double quotes from here on
/// let text = scanner.context?.quoted("$5")         // \$5
/// ```
///
/// It understands the quotes, escapes, comments, substitutions, arithmetic, here-documents and `case` of bash and POSIX shells.
/// Linear in the text.
package struct ShellScanner: Sendable {
    /// Where in a command a value is inserted.
    package enum Context: Sendable, Hashable {
        /// Between words or inside one.
        case bare
        /// Inside `"…"`.
        case doubleQuoted
        /// Inside `${…}` in `"…"`.
        case expansionInDoubleQuotes
        /// Inside `'…'`.
        case singleQuoted
        /// Inside `$'…'`.
        case escapeQuoted
        /// In a comment.
        case comment
        /// Where quotes mean something else: inside backquotes, or in double quotes inside `"${…}"`.
        case unquotable
        /// Inside a here-document with this last line, in which the shell expands `$` or does not.
        case hereDocument(delimiter: [UInt8], isExpanded: Bool)
    }

    /// What encloses the current position.
    enum Frame: Equatable {
        /// Commands, up to a byte (`)` or a backquote) or to the end of the text; with this number of open `case`s.
        case commands(end: UInt8?, cases: Int)
        case doubleQuotes
        case singleQuotes
        case escapeQuotes
        /// `${…}`.
        case expansion
        /// `$((…))` or `((…))`, with this number of parentheses open.
        case arithmetic(Int)
        case comment
        case hereDocument(HereDocument)
    }

    struct HereDocument: Equatable {
        var delimiter: [UInt8] = []
        var isExpanded = true
        var stripsTabs = false
    }

    var frames: [Frame] = [.commands(end: nil, cases: 0)]
    /// The here-documents that begin with the next line.
    var announced: [HereDocument] = []
    /// The beginning of the unquoted word that is being read; nil if it cannot be a relevant keyword.
    var word: [UInt8]? = []
    var isAtWordStart = true
    var isAtCommandStart = true
    /// The line of a here-document that is being read; nil if it cannot be the last one.
    var line: [UInt8]? = []
    /// True if the text so far ends in a backslash that escapes what follows.
    var endsInEscape = false

    package init() {}

    /// Where the next value would be inserted; nil if none can be, since a backslash would escape its first byte.
    package var context: Context? {
        if endsInEscape { return nil }
        let isInBackquotes = frames.contains { frame in
            if case .commands(end: UInt8(ascii: "`"), _) = frame { true } else { false }
        }
        if isInBackquotes { return .unquotable }
        var isInExpansion = false
        for (index, frame) in frames.enumerated().reversed() {
            switch frame {
            case .commands, .arithmetic: return .bare
            case .doubleQuotes where index > 0 && frames[index - 1] == .expansion: return .unquotable
            case .doubleQuotes: return isInExpansion ? .expansionInDoubleQuotes : .doubleQuoted
            case .singleQuotes: return .singleQuoted
            case .escapeQuotes: return .escapeQuoted
            case .comment: return .comment
            case .hereDocument(let document):
                return .hereDocument(delimiter: document.delimiter, isExpanded: document.isExpanded)
            // Like what encloses it.
            case .expansion: isInExpansion = true
            }
        }
        return .bare
    }

    /// Continues after text of the command itself.
    package mutating func scan(_ text: String) {
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            endsInEscape = false
            switch frames[frames.count - 1] {
            case .commands(let end, let cases): takeCommand(bytes, &position, end: end, cases: cases)
            case .arithmetic(let depth): takeArithmetic(bytes, &position, depth: depth)
            case .comment: takeComment(bytes, &position)
            case .hereDocument(let document): takeLine(bytes, &position, of: document)
            case .expansion, .doubleQuotes, .singleQuotes, .escapeQuotes: takeQuoted(bytes, &position)
            }
        }
    }

    /// Continues after a quoted value, which is part of a word and ends no quotation.
    package mutating func skip() {
        markWord()
        isAtCommandStart = false
        line = nil
    }

    /// Notes that the current word is not a keyword.
    mutating func markWord() {
        isAtWordStart = false
        word = nil
    }
}

extension ShellScanner.Context {
    /// A value, quoted for this context, so that it arrives unchanged; nil if it cannot be inserted here, since it would end the
    /// here-document, or needs quotes that mean something else here.
    package func quoted(_ text: String) -> String? {
        switch self {
        case .bare: return text.shellQuoted
        case .singleQuoted: return text.replacingBytes([UInt8(ascii: "'"): "'\\''"])
        case .doubleQuoted: return text.escapingBytes("\\\"$`")
        // bash is inconsistent about apostrophes here.
        case .expansionInDoubleQuotes:
            return text.utf8.contains(UInt8(ascii: "'")) ? nil : text.escapingBytes("\\\"$`}")
        case .unquotable: return text.shellQuoted == text ? text : nil
        case .escapeQuoted: return text.escapingBytes("\\'")
        // What follows a line break would be a command.
        case .comment: return text.replacingBytes([UInt8(ascii: "\n"): " "])
        case .hereDocument(let delimiter, let isExpanded):
            let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let endsIt = lines.contains { line in
                line.drop { $0 == UInt8(ascii: "\t") }.elementsEqual(delimiter)
            }
            return endsIt ? nil : isExpanded ? text.escapingBytes("\\$`") : text
        }
    }
}

extension String {
    /// The text with some bytes replaced.
    fileprivate func replacingBytes(_ replacements: [UInt8: String]) -> String {
        guard utf8.contains(where: { replacements[$0] != nil }) else { return self }
        var result: [UInt8] = []
        for byte in utf8 {
            if let replacement = replacements[byte] {
                result += replacement.utf8
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The text with a backslash before each of some bytes.
    fileprivate func escapingBytes(_ special: String) -> String {
        replacingBytes(
            Dictionary(
                special.utf8.map { ($0, "\\" + String(decoding: [$0], as: UTF8.self)) },
                uniquingKeysWith: { first, _ in first }))
    }
}
