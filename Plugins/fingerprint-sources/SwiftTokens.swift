/// Splits Swift source into tokens.
///
/// Two files with equal tokens mean the same. Where space decides the meaning, it is in the token's `spacing`: whether an
/// operator is prefix, infix or postfix, and whether a parenthesis or bracket that could continue an expression is on a new
/// line. Where only a parser could tell, tokens are considered different.
struct SwiftTokens {
    private var cursor: SourceCursor
    private var tokens: [SourceToken] = []

    static func tokens(of bytes: [UInt8]) -> [SourceToken] {
        var scanner = SwiftTokens(cursor: SourceCursor(bytes))
        scanner.scan()
        return scanner.tokens
    }

    private init(cursor: SourceCursor) { self.cursor = cursor }

    private mutating func scan() {
        while true {
            let gap = cursor.skipGap(Self.skipComment)
            guard !cursor.isAtEnd else { return }
            let start = cursor.position
            if let end = literalEnd() {
                cursor.position = end
                let text = MultilineText.withoutIndentation(Array(cursor.bytes[start..<end]))
                tokens.append(SourceToken(kind: .literal, text: text))
            } else if cursor.byte() == UInt8(ascii: "`") || SourceCursor.isWord(cursor.byte()) {
                scanWord(gap)
            } else if SourceCursor.isOperator(cursor.byte()) {
                scanOperator(gap)
            } else {
                scanMark(gap)
            }
        }
    }

    /// Skips a comment.
    private static func skipComment(_ cursor: inout SourceCursor) -> Bool {
        guard !cursor.isAt("/", then: "/") else {
            cursor.skipLine()
            return true
        }
        var depth = 0
        while !cursor.isAtEnd {
            if cursor.isAt("/", then: "*") {
                depth += 1
                cursor.position += 2
            } else if depth == 0 {
                return false
            } else if cursor.isAt("*", then: "/") {
                depth -= 1
                cursor.position += 2
                if depth == 0 { return true }
            } else {
                cursor.position += 1
            }
        }
        return depth > 0
    }

    private mutating func scanWord(_ gap: SourceCursor.Gap) {
        let start = cursor.position
        if cursor.isAt("`") {
            cursor.position += 1
            while !cursor.isAtEnd, !cursor.isAt("`"), !cursor.isAt("\n") { cursor.position += 1 }
            if cursor.isAt("`") { cursor.position += 1 }
        } else {
            while !cursor.isAtEnd, SourceCursor.isWord(cursor.byte()) { cursor.position += 1 }
        }
        let text = Array(cursor.bytes[start..<cursor.position])
        var token = SourceToken(kind: .word, text: text)
        if text.contains(where: { $0 >= 0x80 }) {
            // It may be an operator.
            token.spacing = (gap.isEmpty ? 1 : 2) | (isSpaceAhead ? 4 : 8)
        } else if gap.hasNewline, let last = tokens.last, Self.endsWithLine(last) {
            token.spacing = 1
        }
        tokens.append(token)
    }

    /// True for words that end a statement at a line's end, and take what follows on their own line.
    private static func endsWithLine(_ token: SourceToken) -> Bool {
        token.isWord("return") || token.isWord("break") || token.isWord("continue")
    }

    private mutating func scanOperator(_ gap: SourceCursor.Gap) {
        let start = cursor.position
        let mayHaveDots = cursor.isAt(".")
        cursor.position += 1
        while !cursor.isAtEnd, SourceCursor.isOperator(cursor.byte()), mayHaveDots || !cursor.isAt("."),
            !cursor.isAt("/", then: "/"), !cursor.isAt("/", then: "*")
        {
            cursor.position += 1
        }
        let text = Array(cursor.bytes[start..<cursor.position])
        var token = SourceToken(kind: .operation, text: text)
        // A member's dot and the arrow of a type mean the same whatever is around them.
        if text != [UInt8(ascii: ".")], text != [UInt8(ascii: "-"), UInt8(ascii: ">")] {
            let isOpenBefore = !gap.isEmpty || tokens.isEmpty || tokens.last.map(Self.opens) ?? true
            let isOpenAfter = isSpaceAhead || Self.closing.contains(cursor.byte())
            token.spacing = isOpenBefore == isOpenAfter ? 0 : isOpenAfter ? 1 : 2
        }
        tokens.append(token)
    }

    private static let opening = Array("([{,;:".utf8)
    private static let closing = Array(")]},;:".utf8)

    private static func opens(_ token: SourceToken) -> Bool {
        token.kind == .mark && opening.contains(token.text[0])
    }

    private var isSpaceAhead: Bool {
        cursor.isAtEnd || SourceCursor.isSpace(cursor.byte()) || cursor.isAt("/", then: "/")
            || cursor.isAt("/", then: "*")
    }

    private mutating func scanMark(_ gap: SourceCursor.Gap) {
        var token = SourceToken(kind: .mark, text: [cursor.byte()])
        if cursor.isAt("(") || cursor.isAt("["), gap.hasNewline, let last = tokens.last, !Self.opens(last),
            last.kind != .operation || last.spacing == 1
        {
            token.spacing = 1
        }
        tokens.append(token)
        cursor.position += 1
    }
}

extension SwiftTokens {
    /// The end of the string or regular expression literal here; nil if there is none.
    private func literalEnd() -> Int? {
        var pounds = 0
        while cursor.isAt("#", pounds) { pounds += 1 }
        if cursor.isAt("\"", pounds) { return SwiftLiteral.stringEnd(cursor.bytes, cursor.position, pounds) }
        guard cursor.isAt("/", pounds) else { return nil }
        if pounds == 0, !mayStartExpression { return nil }
        return SwiftLiteral.regexEnd(cursor.bytes, cursor.position, pounds)
    }

    /// True if the last token cannot end an expression, so that a slash is not a division.
    private var mayStartExpression: Bool {
        guard let last = tokens.last else { return true }
        return switch last.kind {
        case .word: last.isWord("return") || last.isWord("in") || last.isWord("case") || last.isWord("try")
        case .literal: false
        case .operation: last.spacing != 1 && !last.isMark(".")
        case .mark: Self.opens(last)
        }
    }
}
