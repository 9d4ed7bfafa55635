/// Splits C, C++ and module maps into tokens.
///
/// Two files with equal tokens mean the same. A directive's end and the space inside it count, since the preprocessor looks at
/// them; elsewhere only whether operators touch.
struct CTokens {
    private var cursor: SourceCursor
    private var tokens: [SourceToken] = []
    private var isInDirective = false

    static func tokens(of bytes: [UInt8]) -> [SourceToken] {
        var scanner = CTokens(cursor: SourceCursor(bytes))
        scanner.scan()
        return scanner.tokens
    }

    private init(cursor: SourceCursor) { self.cursor = cursor }

    private mutating func scan() {
        while true {
            let gap = cursor.skipGap(Self.skipComment)
            guard !cursor.isAtEnd else { return }
            if gap.hasNewline, isInDirective {
                isInDirective = false
                tokens.append(SourceToken(kind: .mark, text: [UInt8(ascii: "\n")]))
            }
            if cursor.isAt("#"), gap.hasNewline || tokens.isEmpty { isInDirective = true }
            let start = cursor.position
            var token: SourceToken
            if let end = literalEnd() {
                cursor.position = end
                token = SourceToken(kind: .literal, text: Array(cursor.bytes[start..<end]))
            } else if SourceCursor.isWord(cursor.byte()) {
                scanWord()
                token = SourceToken(kind: .word, text: Array(cursor.bytes[start..<cursor.position]))
            } else {
                let isOperator =
                    SourceCursor.isOperator(cursor.byte()) || cursor.isAt(":") || cursor.isAt("#")
                cursor.position += 1
                token = SourceToken(kind: isOperator ? .operation : .mark, text: [cursor.bytes[start]])
            }
            let touches = gap.isEmpty && !tokens.isEmpty
            if isInDirective {
                token.spacing = touches ? 1 : 2
            } else if token.kind == .operation, touches, tokens.last?.kind == .operation {
                token.spacing = 1
            } else if token.kind == .literal, touches, tokens.last?.kind == .word {
                // A literal's prefix, such as u8.
                token.spacing = 1
            }
            tokens.append(token)
        }
    }

    /// Skips a comment, or an escaped line break.
    private static func skipComment(_ cursor: inout SourceCursor) -> Bool {
        if let joined = joinedLineLength(cursor) {
            cursor.position += joined
        } else if cursor.isAt("/", then: "/") {
            while !cursor.isAtEnd, !cursor.isAt("\n") { cursor.position += joinedLineLength(cursor) ?? 1 }
        } else if cursor.isAt("/", then: "*") {
            cursor.position += 2
            while !cursor.isAtEnd, !cursor.isAt("*", then: "/") { cursor.position += 1 }
            cursor.position += 2
        } else {
            return false
        }
        return true
    }

    /// The length of an escaped line break.
    private static func joinedLineLength(_ cursor: SourceCursor) -> Int? {
        guard cursor.isAt("\\") else { return nil }
        if cursor.isAt("\n", 1) { return 2 }
        return cursor.isAt("\r", 1) && cursor.isAt("\n", 2) ? 3 : nil
    }

    private mutating func scanWord() {
        let isNumber = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(cursor.byte())
        while !cursor.isAtEnd {
            // 1'000 is one number.
            let separates = isNumber && cursor.isAt("'") && SourceCursor.isWord(cursor.byte(1))
            guard SourceCursor.isWord(cursor.byte()) || separates else { return }
            cursor.position += 1
        }
    }

    /// The end of the string or character literal here; nil if there is none, or it does not end on its line.
    private func literalEnd() -> Int? {
        let bytes = cursor.bytes
        let quote = cursor.byte()
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        if quote == UInt8(ascii: "\""), let last = tokens.last?.text.last, last == UInt8(ascii: "R"),
            cursor.position > 0, bytes[cursor.position - 1] == last
        {
            return rawStringEnd()
        }
        var position = cursor.position + 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
            if bytes[position] == quote { return position + 1 }
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    /// The end of R"delimiter(…)delimiter".
    private func rawStringEnd() -> Int? {
        let rest = cursor.bytes[(cursor.position + 1)...]
        guard let open = rest.firstIndex(of: UInt8(ascii: "(")) else { return nil }
        let end = [UInt8(ascii: ")")] + rest[..<open] + [UInt8(ascii: "\"")]
        var position = open
        while position + end.count <= cursor.bytes.count {
            if cursor.bytes[position..<position + end.count].elementsEqual(end) {
                return position + end.count
            }
            position += 1
        }
        return nil
    }
}
