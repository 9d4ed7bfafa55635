import Glibc

/// Features of a text's length and structure.
package struct TextStructure: Sendable {
    /// The names of the features, in order; others are crossed with the first.
    package static let names = [
        "log characters", "log words", "log lines", "code blocks", "list items", "headings", "bold", "digits",
        "questions", "exclamations", "links", "tables", "upper case", "beyond ASCII", "mean word",
        "mean line",
        "refusal", "apology", "ends open", "empty",
    ]

    /// Of longer texts, only the beginning is considered.
    private static let limit = 1 << 20

    /// The features of a text in several pieces.
    package static func values(_ pieces: [ArraySlice<UInt8>]) -> [Double] {
        var tally = Tally()
        for piece in pieces { tally.add(piece.prefix(limit)) }
        return tally.values
    }

    private struct Tally {
        var bytes = 0.0
        var characters = 0.0
        var words = 0.0
        var lines = 0.0
        var fences = 0.0
        var items = 0.0
        var headings = 0.0
        var bold = 0.0
        var digits = 0.0
        var questions = 0.0
        var exclamations = 0.0
        var links = 0.0
        var bars = 0.0
        var upper = 0.0
        var beyond = 0.0
        var refusals = 0.0
        var apologies = 0.0
        var last: UInt8 = 0

        mutating func add(_ text: ArraySlice<UInt8>) {
            var isAtLineStart = true
            var isInWord = false
            var previous: UInt8 = 0
            lines += 1
            for (index, byte) in zip(text.indices, text) {
                bytes += 1
                if byte & 0xC0 != 0x80 { characters += 1 }
                if byte >= 0xC0 { beyond += 1 }
                if byte <= 0x20 {
                    isInWord = false
                    if byte == 0x0A {
                        lines += 1
                        isAtLineStart = true
                    }
                    previous = byte
                    continue
                }
                if !isInWord { words += 1 }
                isInWord = true
                count(byte, previous, text, index, isAtLineStart)
                isAtLineStart = false
                previous = byte
                last = byte
            }
        }

        private mutating func count(
            _ byte: UInt8, _ previous: UInt8, _ text: ArraySlice<UInt8>, _ index: Int, _ isAtLineStart: Bool
        ) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                if isAtLineStart { items += 1 }
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): upper += 1
            case UInt8(ascii: "?"): questions += 1
            case UInt8(ascii: "!"): exclamations += 1
            case UInt8(ascii: "|"): bars += 1
            case UInt8(ascii: "`"):
                if text[index...].starts(with: TextStructure.fence) { fences += 1 }
            case UInt8(ascii: "-"), UInt8(ascii: "+"): if isAtLineStart { items += 1 }
            case UInt8(ascii: "*"):
                if previous == byte { bold += 1 } else if isAtLineStart { items += 1 }
            case UInt8(ascii: "#"): if isAtLineStart { headings += 1 }
            case UInt8(ascii: ":"): if text[index...].starts(with: TextStructure.link) { links += 1 }
            case UInt8(ascii: "s"), UInt8(ascii: "S"):
                if text[index...].dropFirst().starts(with: TextStructure.orry) { apologies += 1 }
            case UInt8(ascii: "c"):
                if text[index...].starts(with: TextStructure.cannot) { refusals += 1 }
            default: break
            }
        }

        var values: [Double] {
            let length = max(characters, 1)
            return [
                log1p(characters), log1p(words), log1p(lines), log1p(fences), log1p(items), log1p(headings),
                log1p(bold), log1p(digits), log1p(questions), log1p(exclamations), log1p(links), log1p(bars),
                upper / length, beyond / length, words > 0 ? min(characters / words, 40) / 10 : 0,
                log1p(characters / max(lines, 1)), log1p(refusals), log1p(apologies),
                TextStructure.endings.contains(last) ? 0 : 1, words == 0 ? 1 : 0,
            ]
        }
    }

    private static let fence = Array("```".utf8)
    private static let link = Array("://".utf8)
    private static let orry = Array("orry".utf8)
    private static let cannot = Array("cannot".utf8)
    private static let endings = Set(".!?)`\"'*:|>]}".utf8)
}
