import Columns
import Comparisons
import Glibc
import PackedRows
import Parallelism
import TextFeatures

/// The numeric features of trees: of each response, of the prompt and of the pair. `source` is not among them, so that
/// a model cannot learn by name which sources have no ties.
struct ComparisonNumbers: Sendable {
    /// Per response: its structure and style, its overlap with the prompt, the variety of its terms, its length per
    /// turn.
    static let responseNames =
        TextStructure.names + TextTraits.names + ["prompt in response", "variety", "log per turn", "none"]
    /// Per prompt: the same structure and style, the number of turns kept, and the total number of turns.
    static let promptNames = TextStructure.names + TextTraits.names + ["turns", "total turns", "overflow"]
    /// Per pair: equality, common terms, and the lengths of the common prefix and suffix.
    static let pairNames = ["identical", "terms in common", "log same start", "log same end", "either none"]

    /// Row by row: the features of response A, response B, the prompt and the pair.
    private(set) var values: [Float] = []
    static let width = 2 * responseNames.count + promptNames.count + pairNames.count

    /// The number of rows.
    var count: Int { values.count / Self.width }

    private static let blockRows = 128

    /// The features of some rows of a packed table.
    init(
        of table: PackedTable, rows: [Int], threads: Int, progress: @Sendable (Int) -> Void = { _ in }
    ) throws {
        let blocks = (rows.count + Self.blockRows - 1) / Self.blockRows
        let parts = try Parallel.map(count: blocks, threads: threads) { block in
            var counter = TermCounter(TermCounter.Options(words: 1, characters: 0, bits: 16))
            var part: [Float] = []
            let range = (block * Self.blockRows)..<min(rows.count, (block + 1) * Self.blockRows)
            part.reserveCapacity(range.count * Self.width)
            for position in range { part += Self.row(table, rows[position], &counter).map(Float.init) }
            progress(range.upperBound)
            return part
        }
        values.reserveCapacity(rows.count * Self.width)
        for part in parts { values += part }
    }

    private static func row(_ table: PackedTable, _ row: Int, _ counter: inout TermCounter) -> [Double] {
        let prompts = table.prompt.pieces(ofRow: row)
        let a = table.responseA.pieces(ofRow: row)
        let b = table.responseB.pieces(ofRow: row)
        let promptTerms = counter.counts(of: prompts)
        let termsA = counter.counts(of: a)
        let termsB = counter.counts(of: b)
        let isEqual = a.elementsEqual(b, by: { $0.elementsEqual($1) })
        let isNone = (isNone(a), isNone(b))
        let last = (a.last ?? [], b.last ?? [])
        let start = zip(last.0, last.1).prefix { $0 == $1 }.count
        let end = zip(last.0.reversed(), last.1.reversed()).prefix { $0 == $1 }.count
        return response(a, termsA, promptTerms, isNone.0) + response(b, termsB, promptTerms, isNone.1)
            + TextStructure.values(prompts) + TextTraits.values(prompts)
            + [
                log1p(Double(table.turns.values[row])), log1p(Double(table.totalTurns.values[row])),
                table.overflow[row] == true ? 1 : 0,
            ]
            + [
                isEqual ? 1 : 0, TermCounter.overlap(termsA, termsB), log1p(Double(start)),
                log1p(Double(end)), isNone.0 || isNone.1 ? 1 : 0,
            ]
    }

    private static func response(
        _ pieces: [ArraySlice<UInt8>], _ terms: [(bucket: UInt32, count: Int)],
        _ prompt: [(bucket: UInt32, count: Int)], _ isNone: Bool
    ) -> [Double] {
        let total = terms.reduce(0) { $0 + $1.count }
        let bytes = pieces.reduce(0) { $0 + $1.count }
        return TextStructure.values(pieces) + TextTraits.values(pieces)
            + [
                prompt.isEmpty ? 0 : Double(TermCounter.shared(terms, prompt)) / Double(prompt.count),
                total > 0 ? Double(terms.count) / Double(total) : 1,
                log1p(Double(bytes) / Double(max(pieces.count, 1))), isNone ? 1 : 0,
            ]
    }

    /// Whether the response is missing: empty, blank, or the default placeholder for null.
    private static func isNone(_ pieces: [ArraySlice<UInt8>]) -> Bool {
        pieces.allSatisfy { piece in piece.allSatisfy { $0 <= 0x20 } || piece.elementsEqual("None".utf8) }
    }
}
