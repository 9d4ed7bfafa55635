import Glibc

/// Features of a text's style: how it opens and ends, its layout, its script, and words characteristic of a kind of
/// text.
struct TextTraits: Sendable {
    /// The names of the features, in order.
    static let names: [String] =
        [
            "log last turn", "log paragraphs", "log longest line", "commas", "stops", "colons", "brackets",
            "quotes", "spaces", "accents", "three bytes", "four bytes", "typographic", "opens with space",
            "opens upper case", "opens with digit", "opening", "ends with stop", "ends with letter",
            "ends with break", "ending", "log numbered", "log bullets", "repetition",
        ] + Lexicon.groups.map { "\($0.name)" }

    /// Of longer texts, only the beginning is considered.
    private static let limit = 1 << 20

    /// The features of a text in several pieces, one per turn.
    static func values(_ pieces: [ArraySlice<UInt8>]) -> [Double] {
        var tally = Tally()
        for piece in pieces { tally.add(piece.prefix(limit)) }
        return tally.values(last: pieces.last ?? [], first: pieces.first ?? [])
    }

    private struct Tally {
        var bytes = 0.0
        var paragraphs = 0.0
        var longestLine = 0.0
        /// Counts of each byte below 0x80, and of leading bytes.
        var histogram = [Double](repeating: 0, count: 256)
        var typographic = 0.0
        var numbered = 0.0
        var bullets = 0.0
        var lines: [UInt64: Int] = [:]
        var lineCount = 0.0
        var repeated = 0.0
        var words = 0.0
        var lexicon = [Double](repeating: 0, count: Lexicon.groups.count)

        mutating func add(_ text: ArraySlice<UInt8>) {
            bytes += Double(text.count)
            var line = 0
            var lineHash = Self.basis
            var word = Self.basis
            var isInWord = false
            var previous: UInt8 = 0x0A
            for byte in text {
                histogram[Int(byte)] += 1
                if byte == 0x0A {
                    if previous == 0x0A { paragraphs += 1 }
                    endLine(length: line, hash: lineHash)
                    line = 0
                    lineHash = Self.basis
                } else {
                    if line == 0 {
                        if byte >= 0x30 && byte <= 0x39 { numbered += 1 }
                        if byte == 0x2D || byte == 0x2A || byte == 0xE2 { bullets += 1 }
                    }
                    line += 1
                    lineHash = (lineHash ^ UInt64(byte)) &* Self.prime
                }
                let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
                if lower >= 0x61 && lower <= 0x7A || byte == 0x27 {
                    word = (word ^ UInt64(lower)) &* Self.prime
                    isInWord = true
                } else if isInWord {
                    endWord(word)
                    word = Self.basis
                    isInWord = false
                }
                if previous == 0x80 && (byte == 0x99 || byte == 0x9C || byte == 0x94) { typographic += 1 }
                previous = byte
            }
            if isInWord { endWord(word) }
            endLine(length: line, hash: lineHash)
        }

        private mutating func endWord(_ hash: UInt64) {
            words += 1
            if let group = Lexicon.group(ofWord: hash) { lexicon[group] += 1 }
        }

        private mutating func endLine(length: Int, hash: UInt64) {
            longestLine = max(longestLine, Double(length))
            guard length > 0 else { return }
            lineCount += 1
            let seen = lines[hash, default: 0]
            if seen > 0 { repeated += 1 }
            lines[hash] = seen + 1
        }

        func values(last: ArraySlice<UInt8>, first: ArraySlice<UInt8>) -> [Double] {
            let size = max(bytes, 1)
            func share(_ characters: String) -> Double {
                characters.utf8.reduce(0) { $0 + histogram[Int($1)] } / size
            }
            func share(_ range: ClosedRange<Int>) -> Double { range.reduce(0) { $0 + histogram[$1] } / size }
            let start = first.first ?? 0
            let end = last.last ?? 0
            let isLetter = end | 0x20 >= 0x61 && end | 0x20 <= 0x7A
            return [
                log1p(Double(last.count)), log1p(paragraphs), log1p(longestLine), share(","), share(".!?"),
                share(":;"), share("()[]{}"), share("\"'"), share(" "), share(0xC2...0xDF),
                share(0xE0...0xEF), share(0xF0...0xF4), typographic / size, start <= 0x20 ? 1 : 0,
                start >= 0x41 && start <= 0x5A ? 1 : 0, start >= 0x30 && start <= 0x39 ? 1 : 0,
                Double(start), end == 0x2E || end == 0x21 || end == 0x3F ? 1 : 0, isLetter ? 1 : 0,
                end == 0x0A || end == 0x20 ? 1 : 0, Double(end), log1p(numbered), log1p(bullets),
                repeated / max(lineCount, 1),
            ] + lexicon.map { log1p($0) }
        }

        private static let basis: UInt64 = 0xCBF2_9CE4_8422_2325
        private static let prime: UInt64 = 0x0000_0100_0000_01B3
    }
}
