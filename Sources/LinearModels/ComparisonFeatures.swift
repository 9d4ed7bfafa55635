import Columns
import Comparisons
import Glibc
package import PackedRows
import Parallelism
package import TextFeatures

/// The features of comparisons for a linear model, before fitting.
package struct ComparisonFeatures: Sendable {
    /// Numeric features per response: its structure, the share of the prompt's terms in it, and its number of distinct
    /// terms.
    static let responseCount = TextStructure.names.count + 2
    /// Numeric features per prompt: its structure, and the number of turns.
    static let promptCount = TextStructure.names.count + 1
    /// Numeric features per pair: whether the responses are equal, and the share of terms that they have in common.
    static let pairCount = 2
    static let denseCount = 2 * responseCount + promptCount + pairCount

    package private(set) var responseA = SparseRows()
    package private(set) var responseB = SparseRows()
    package private(set) var prompt = SparseRows()
    /// `denseCount` numbers per row: those of response A, response B, the prompt and the pair.
    private(set) var dense: [Double] = []

    /// The number of rows.
    package var count: Int { prompt.count }

    private static let blockRows = 256

    /// The features of a packed table's rows.
    package init(
        of table: PackedTable, rows: [Int], options: TermCounter.Options, threads: Int,
        progress: @Sendable (Int) -> Void = { _ in }
    ) throws {
        let blocks = (rows.count + Self.blockRows - 1) / Self.blockRows
        let parts = try Parallel.map(count: blocks, threads: threads) { block in
            var part = ComparisonFeatures()
            var counter = TermCounter(options)
            for position in (block * Self.blockRows)..<min(rows.count, (block + 1) * Self.blockRows) {
                part.append(table, rows[position], &counter)
            }
            progress(min(rows.count, (block + 1) * Self.blockRows))
            return part
        }
        for part in parts {
            responseA.append(part.responseA)
            responseB.append(part.responseB)
            prompt.append(part.prompt)
            dense += part.dense
        }
    }

    private init() {}

    private mutating func append(_ table: PackedTable, _ row: Int, _ counter: inout TermCounter) {
        let prompts = table.prompt.pieces(ofRow: row)
        let a = table.responseA.pieces(ofRow: row)
        let b = table.responseB.pieces(ofRow: row)
        let promptTerms = counter.counts(of: prompts)
        let termsA = counter.counts(of: a)
        let termsB = counter.counts(of: b)
        prompt.append(promptTerms)
        responseA.append(termsA)
        responseB.append(termsB)
        dense += TextStructure.values(a) + Self.relation(termsA, promptTerms)
        dense += TextStructure.values(b) + Self.relation(termsB, promptTerms)
        dense += TextStructure.values(prompts) + [log1p(Double(table.turns.values[row]))]
        let isEqual = a.elementsEqual(b, by: { $0.elementsEqual($1) })
        dense += [isEqual ? 1 : 0, TermCounter.overlap(termsA, termsB)]
    }

    private static func relation(
        _ terms: [(bucket: UInt32, count: Int)], _ prompt: [(bucket: UInt32, count: Int)]
    ) -> [Double] {
        let total = terms.reduce(0) { $0 + $1.count }
        return [
            prompt.isEmpty ? 0 : Double(TermCounter.shared(terms, prompt)) / Double(prompt.count),
            total > 0 ? Double(terms.count) / Double(total) : 1,
        ]
    }
}
