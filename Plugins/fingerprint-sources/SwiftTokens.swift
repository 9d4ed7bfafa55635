/// A token of Swift source, as far as the scanner tells them apart.
enum SwiftToken: Equatable {
    /// A name or keyword, without back-ticks.
    case word(String)
    /// A string literal's text; the words of its interpolations follow as tokens of their own.
    case string(String)
    /// One byte of punctuation.
    case mark(UInt8)
}

/// Splits Swift source into tokens; comments are left out.
///
/// It errs on the side of more words: a string literal that does not end on its line is read as words.
struct SwiftTokens {
    private let bytes: [UInt8]
    private var position = 0
    private var tokens: [SwiftToken] = []

    static func tokens(of bytes: [UInt8]) -> [SwiftToken] {
        var scanner = SwiftTokens(bytes: bytes)
        scanner.scan(untilClosingParenthesis: false)
        return scanner.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func byte(_ offset: Int = 0) -> UInt8 {
        position + offset < bytes.count ? bytes[position + offset] : 0
    }

    private func starts(with text: StaticString, at offset: Int = 0) -> Bool {
        let wanted = text.withUTF8Buffer { Array($0) }
        return bytes.dropFirst(position + offset).starts(with: wanted)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private mutating func scan(untilClosingParenthesis: Bool) {
        var depth = 0
        while position < bytes.count {
            let current = byte()
            if Self.isWordByte(current) {
                let start = position
                while Self.isWordByte(byte()), position < bytes.count { position += 1 }
                tokens.append(.word(String(decoding: bytes[start..<position], as: UTF8.self)))
            } else if starts(with: "//") {
                while position < bytes.count, byte() != UInt8(ascii: "\n") { position += 1 }
            } else if starts(with: "/*") {
                skipBlockComment()
            } else if let pounds = poundsBeforeQuote() {
                scanString(pounds: pounds)
            } else {
                if current == UInt8(ascii: "(") { depth += 1 }
                if current == UInt8(ascii: ")") {
                    depth -= 1
                    if untilClosingParenthesis && depth < 0 { return }
                }
                if current > UInt8(ascii: " ") && current != UInt8(ascii: "`") {
                    tokens.append(.mark(current))
                }
                position += 1
            }
        }
    }

    private mutating func skipBlockComment() {
        var depth = 0
        while position < bytes.count {
            if starts(with: "/*") {
                depth += 1
                position += 2
            } else if starts(with: "*/") {
                depth -= 1
                position += 2
                if depth == 0 { return }
            } else {
                position += 1
            }
        }
    }

    /// The number of `#` before a quotation mark at this position, or nil where there is no literal.
    private func poundsBeforeQuote() -> Int? {
        var pounds = 0
        while byte(pounds) == UInt8(ascii: "#") { pounds += 1 }
        return byte(pounds) == UInt8(ascii: "\"") ? pounds : nil
    }

    private mutating func scanString(pounds: Int) {
        position += pounds
        let isMultiline = starts(with: "\"\"\"")
        let quotes = isMultiline ? 3 : 1
        position += quotes
        let start = position
        let firstToken = tokens.count
        var interpolated: [SwiftToken] = []
        while position < bytes.count {
            if byte() == UInt8(ascii: "\n") && !isMultiline {
                // No literal after all, such as a quotation mark in a regular expression.
                position = start
                tokens.removeSubrange(firstToken...)
                return
            }
            if closes(quotes: quotes, pounds: pounds) {
                tokens.append(.string(String(decoding: bytes[start..<position], as: UTF8.self)))
                tokens += interpolated
                position += quotes + pounds
                return
            }
            guard byte() == UInt8(ascii: "\\"), escapeHas(pounds: pounds) else {
                position += 1
                continue
            }
            position += 1 + pounds
            if byte() == UInt8(ascii: "(") {
                position += 1
                let before = tokens.count
                scan(untilClosingParenthesis: true)
                interpolated += tokens[before...]
                tokens.removeSubrange(before...)
            }
            position += 1
        }
    }

    private func closes(quotes: Int, pounds: Int) -> Bool {
        for offset in 0..<quotes where byte(offset) != UInt8(ascii: "\"") { return false }
        for offset in 0..<pounds where byte(quotes + offset) != UInt8(ascii: "#") { return false }
        return true
    }

    private func escapeHas(pounds: Int) -> Bool {
        (0..<pounds).allSatisfy { byte(1 + $0) == UInt8(ascii: "#") }
    }
}
