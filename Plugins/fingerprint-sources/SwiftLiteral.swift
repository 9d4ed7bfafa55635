/// Finds the ends of Swift's string and regular expression literals.
enum SwiftLiteral {
    /// The end of the string literal at `start`, whose quotation marks follow `pounds` number signs.
    ///
    /// Nil if it does not end where it must: on its line, or at all.
    static func stringEnd(_ bytes: [UInt8], _ start: Int, _ pounds: Int) -> Int? {
        let quote = UInt8(ascii: "\"")
        var position = start + pounds
        let isMultiline = matches(bytes, position, quote, 3)
        let quotes = isMultiline ? 3 : 1
        position += quotes
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\n"), !isMultiline { return nil }
            if matches(bytes, position, quote, quotes),
                matches(bytes, position + quotes, UInt8(ascii: "#"), pounds)
            {
                return position + quotes + pounds
            }
            guard bytes[position] == UInt8(ascii: "\\"),
                matches(bytes, position + 1, UInt8(ascii: "#"), pounds)
            else {
                position += 1
                continue
            }
            position += 1 + pounds
            if position < bytes.count, bytes[position] == UInt8(ascii: "(") {
                guard let end = interpolationEnd(bytes, position) else { return nil }
                position = end
            } else {
                position += 1
            }
        }
        return nil
    }

    /// The position after the parenthesis that closes the one at `start`.
    private static func interpolationEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
        var depth = 0
        var position = start
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return position + 1 }
            case UInt8(ascii: "\""), UInt8(ascii: "#"):
                var pounds = 0
                while matches(bytes, position + pounds, UInt8(ascii: "#"), 1) { pounds += 1 }
                if matches(bytes, position + pounds, UInt8(ascii: "\""), 1) {
                    guard let end = stringEnd(bytes, position, pounds) else { return nil }
                    position = end
                    continue
                }
            default: break
            }
            position += 1
        }
        return nil
    }

    /// The end of the regular expression at `start`, whose slash follows `pounds` number signs; nil if there is none.
    static func regexEnd(_ bytes: [UInt8], _ start: Int, _ pounds: Int) -> Int? {
        var position = start + pounds + 1
        guard position < bytes.count, pounds > 0 || !SourceCursor.isSpace(bytes[position]) else { return nil }
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\n") where pounds == 0: return nil
            case UInt8(ascii: "\\"): position += 1
            case UInt8(ascii: "/") where matches(bytes, position + 1, UInt8(ascii: "#"), pounds):
                return position + 1 + pounds
            default: break
            }
            position += 1
        }
        return nil
    }

    private static func matches(_ bytes: [UInt8], _ position: Int, _ byte: UInt8, _ count: Int) -> Bool {
        guard position + count <= bytes.count else { return false }
        for index in position..<position + count where bytes[index] != byte { return false }
        return true
    }
}

/// The text of literals of several lines.
enum MultilineText {
    /// A literal without the indentation of its last line; unchanged if a line has less.
    static func withoutIndentation(_ literal: [UInt8]) -> [UInt8] {
        let lines = literal.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count > 1, let last = lines.last else { return literal }
        let indentation = last.prefix { $0 == 0x20 || $0 == 0x09 }
        guard lines.dropFirst().allSatisfy({ $0.isEmpty || $0.starts(with: indentation) }) else {
            return literal
        }
        let stripped = lines.dropFirst().map { $0.isEmpty ? $0 : $0.dropFirst(indentation.count) }
        return Array(([lines[0]] + stripped).joined(separator: [UInt8(ascii: "\n")]))
    }
}
