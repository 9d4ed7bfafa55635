@testable import Comparisons
@testable import Randomness
@testable import RowStages

/// Texts made from a seed, of which some are near copies of others.
struct NearCopies {
    /// What texts are written in.
    enum Script: String, CaseIterable {
        case latin
        case cyrillic
        case han
        case arabic
        case emoji

        /// Letters, and whether words are parted by spaces.
        var letters: (first: UInt32, count: Int, spaces: Bool) {
            switch self {
            case .latin: (0x61, 26, true)
            case .cyrillic: (0x430, 32, true)
            case .han: (0x4E00, 900, false)
            case .arabic: (0x628, 18, true)
            case .emoji: (0x1F600, 70, false)
            }
        }
    }

    /// The texts, shuffled.
    private(set) var texts: [String] = []

    /// - Parameters:
    ///   - families: the number of original texts.
    ///   - copies: how many copies with edits each has.
    init(_ script: Script, families: Int, copies: Int, words: Int, seed: Int) {
        var random = SeededGenerator(seed: seed)
        let letters = script.letters
        func word(_ random: inout SeededGenerator) -> String {
            let length = letters.spaces ? 2 + random.integer(below: 7) : 1
            var text = ""
            for _ in 0..<length {
                let value = letters.first + UInt32(random.integer(below: letters.count))
                if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            }
            return text
        }
        let separator = letters.spaces ? " " : ""
        for _ in 0..<families {
            let original = (0..<max(2, words / 2 + random.integer(below: words))).map { _ in word(&random) }
            texts.append(original.joined(separator: separator))
            for _ in 0..<copies {
                var edited = original
                for _ in 0..<random.integer(below: 1 + original.count / 8) {
                    edited[random.integer(below: edited.count)] = word(&random)
                }
                texts.append(edited.joined(separator: separator))
            }
        }
        random.shuffle(&texts)
    }

    /// The texts as comparisons of one turn.
    var comparisons: [Comparison] {
        texts.enumerated().map { index, text in
            Comparison(
                id: "row-\(index)", source: "made", prompt: [text], responseA: ["yes"], responseB: ["no"])
        }
    }

    /// A text's shingles, written out: the naive twin of `Shingles`.
    static func shingles(_ text: String, _ unit: Shingles.Unit, _ length: Int) -> Set<String> {
        let units: [String]
        switch unit {
        case .characters:
            let spaced = text.lowercased().split(whereSeparator: { $0.isWhitespace }).joined(separator: " ")
            units = spaced.unicodeScalars.map { String($0) }
        case .words:
            var words: [String] = []
            var word = ""
            for scalar in text.unicodeScalars {
                let kind = ScalarFolding.computed(scalar)
                if kind == .letter {
                    word += scalar.properties.lowercaseMapping
                    continue
                }
                if !word.isEmpty { words.append(word) }
                word = ""
                if kind == .word { words.append(String(scalar)) }
            }
            if !word.isEmpty { words.append(word) }
            units = words
        }
        guard units.count > length else { return [units.joined(separator: "\u{0}")] }
        return Set((0...units.count - length).map { units[$0..<$0 + length].joined(separator: "\u{0}") })
    }

    /// The pairs of texts whose similarity is `threshold` or more, all of them compared.
    func pairs(_ unit: Shingles.Unit, _ length: Int, threshold: Double) -> [(first: Int, second: Int, Double)]
    {
        let sets = texts.map { Self.shingles($0, unit, length) }
        var pairs: [(Int, Int, Double)] = []
        for second in sets.indices {
            for first in 0..<second {
                let small = min(sets[first].count, sets[second].count)
                guard Double(small) >= threshold * Double(max(sets[first].count, sets[second].count)) else {
                    continue
                }
                let common = sets[first].intersection(sets[second]).count
                let similarity = Double(common) / Double(sets[first].count + sets[second].count - common)
                if similarity >= threshold { pairs.append((first, second, similarity)) }
            }
        }
        return pairs
    }
}
