import Columns
import Comparisons
import Glibc
package import PackedRows
import Parallelism
import StageKit

/// TF-IDF weights of character n-grams, fitted on training rows only.
///
/// A row's texts are prompt, response A and response B, with turns joined by a space; an n-gram has `shortest` to
/// `longest` characters (Unicode scalars) of one of these texts, case-sensitive. N-grams never cross from one text into the
/// next, so a row's counts do not depend on which response comes first. N-grams that occur in a share of rows below
/// `minimumShare` or above `maximumShare` are dropped, and the `count` most frequent of the others are kept. An n-gram's
/// weight is (1 + ln n) · (ln((1 + rows) ÷ (1 + rows with it)) + 1), and a row's weights are divided by their Euclidean
/// norm: scikit-learn's `TfidfVectorizer` with `sublinear_tf`.
package struct CharacterTerms: Sendable, Hashable {
    /// Which n-grams are counted.
    package struct Options: Sendable, Hashable {
        package var count: Int
        package var shortest: Int
        package var longest: Int
        var minimumShare: Double
        var maximumShare: Double

        package init(
            count: Int, shortest: Int = 2, longest: Int = 3, minimumShare: Double = 0.1,
            maximumShare: Double = 0.9
        ) {
            self.count = count
            self.shortest = shortest
            self.longest = longest
            self.minimumShare = minimumShare
            self.maximumShare = maximumShare
        }
    }

    package let options: Options
    /// The n-grams, each packed as three scalars of 21 bits, ascending.
    package let keys: [UInt64]
    /// The inverse document frequency of each n-gram.
    package let rarity: [Double]
    private let places: [UInt64: Int]

    /// No n-grams.
    package static let none = CharacterTerms(options: Options(count: 0), keys: [], rarity: [])

    package init(options: Options, keys: [UInt64], rarity: [Double]) {
        self.options = options
        self.keys = keys
        self.rarity = rarity
        places = Dictionary(zip(keys, keys.indices), uniquingKeysWith: { first, _ in first })
    }

    /// The n-grams of training rows.
    package init(fitting table: PackedTable, rows: [Int], options: Options, threads: Int) throws {
        try self.init(fitting: rows.count, options: options, threads: threads) { position in
            Self.texts(table, rows[position])
        }
    }

    /// The n-grams of `total` rows, each of several texts.
    package init(
        fitting total: Int, options: Options, threads: Int, texts: @Sendable (Int) -> [[Unicode.Scalar]]
    ) throws {
        guard options.count > 0 else {
            self = .none
            return
        }
        let blockRows = 256
        let blocks = (total + blockRows - 1) / blockRows
        let parts = try Parallel.map(count: blocks, threads: threads) { block in
            var tally: [UInt64: (rows: Int, times: Int)] = [:]
            for position in (block * blockRows)..<min(total, (block + 1) * blockRows) {
                for (key, times) in Self.counts(texts(position), options) {
                    let old = tally[key] ?? (0, 0)
                    tally[key] = (old.rows + 1, old.times + times)
                }
            }
            return tally
        }
        var tally: [UInt64: (rows: Int, times: Int)] = [:]
        for part in parts {
            for (key, count) in part {
                let old = tally[key] ?? (0, 0)
                tally[key] = (old.rows + count.rows, old.times + count.times)
            }
        }
        let count = Double(total)
        let allowed = tally.filter {
            Double($0.value.rows) >= options.minimumShare * count
                && Double($0.value.rows) <= options.maximumShare * count
        }
        let chosen = allowed.sorted { (-$0.value.times, $0.key) < (-$1.value.times, $1.key) }
            .prefix(options.count).sorted { $0.key < $1.key }
        self.init(
            options: options, keys: chosen.map(\.key),
            rarity: chosen.map { log((1 + count) / (1 + Double($0.value.rows))) + 1 })
    }

    /// The n-grams as text.
    package var names: [String] {
        keys.map { key in
            var text = String.UnicodeScalarView()
            for shift in [42, 21, 0] as [UInt64] {
                let scalar = UInt32(truncatingIfNeeded: key >> shift) & 0x1F_FFFF
                if scalar != 0, let scalar = Unicode.Scalar(scalar - 1) { text.append(scalar) }
            }
            return String(text)
        }
    }

    /// The weights of rows: of the whole text, and of response A minus those of response B.
    package struct Rows: Sendable {
        /// The number of n-grams.
        package let width: Int
        package fileprivate(set) var whole: [Float] = []
        package fileprivate(set) var difference: [Float] = []

        /// Appends a row's columns.
        package func append(_ row: Int, isSwapped: Bool, to values: inout [Float]) {
            let range = (row * width)..<((row + 1) * width)
            values += whole[range]
            if isSwapped {
                for value in difference[range] { values.append(-value) }
            } else {
                values += difference[range]
            }
        }
    }

    /// The weights of rows.
    package func rows(_ table: PackedTable, _ rows: [Int], threads: Int) throws -> Rows {
        var result = Rows(width: keys.count)
        guard !keys.isEmpty else { return result }
        let parts = try Parallel.map(count: rows.count, threads: threads) { position in
            let texts = Self.texts(table, rows[position])
            let a = weights([texts[1]])
            let b = weights([texts[2]])
            return (weights(texts), zip(a, b).map { $0 - $1 })
        }
        for part in parts {
            result.whole += part.0.map(Float.init)
            result.difference += part.1.map(Float.init)
        }
        return result
    }

    /// The weights of the n-grams in several texts together.
    package func weights(_ texts: [[Unicode.Scalar]]) -> [Double] {
        var weights = [Double](repeating: 0, count: keys.count)
        for (key, times) in Self.counts(texts, options) {
            if let place = places[key] { weights[place] = (1 + log(Double(times))) * rarity[place] }
        }
        let norm = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return norm > 0 ? weights.map { $0 / norm } : weights
    }

    /// How often each n-gram occurs in several texts together; n-grams do not cross from one text into the next.
    private static func counts(_ texts: [[Unicode.Scalar]], _ options: Options) -> [UInt64: Int] {
        var counts: [UInt64: Int] = [:]
        for text in texts {
            for length in options.shortest...options.longest where text.count >= length {
                for start in 0...(text.count - length) {
                    var key: UInt64 = 0
                    // Adds one to the scalar, so that a shorter n-gram differs from one that begins with U+0000.
                    for scalar in text[start..<(start + length)] {
                        key = key << 21 | UInt64(scalar.value + 1)
                    }
                    counts[key, default: 0] += 1
                }
            }
        }
        return counts
    }

    /// The scalars of prompt, response A and response B, with turns joined by a space.
    private static func texts(_ table: PackedTable, _ row: Int) -> [[Unicode.Scalar]] {
        [table.prompt, table.responseA, table.responseB].map { lists in
            let turns = lists.elements(ofRow: row).map { element in
                Array(String(decoding: lists.utf8(element) ?? [], as: UTF8.self).unicodeScalars)
            }
            return Array(turns.joined(separator: [" "]))
        }
    }
}
