import Columns
import Comparisons
import PackedRows
import StageKit

/// The turns of a comparison as they are shown: with nulls replaced, and swapped if requested.
struct TurnReading: Sendable {
    /// The placeholder for null and for an empty response.
    let nullText: [UInt8]
    /// Whether turns in which both responses are null are dropped.
    let removesEmptyTurns: Bool
    /// Whether A and B are exchanged.
    let isSwapped: Bool

    /// A row's turns.
    ///
    /// - Throws: `StageFailure` if there are none, or the three lists have different lengths.
    func turns(_ rows: ComparisonTable, _ row: Int, _ counts: inout PackCounts) throws -> [TurnTexts] {
        let prompts = rows.prompt.elements(ofRow: row)
        var (first, second) = (rows.responseA, rows.responseB)
        guard !prompts.isEmpty, prompts.count == first.elements(ofRow: row).count,
            prompts.count == second.elements(ofRow: row).count
        else {
            throw StageFailure(
                "row '\(rows.id[row] ?? "")': prompt, response_a and response_b have \(prompts.count), "
                    + "\(first.elements(ofRow: row).count) and \(second.elements(ofRow: row).count) turns; "
                    + "create the table with 'ingest'")
        }
        if isSwapped { swap(&first, &second) }
        let (startA, startB) = (first.elements(ofRow: row).lowerBound, second.elements(ofRow: row).lowerBound)
        var wanted = Array(0..<prompts.count)
        if removesEmptyTurns {
            wanted.removeAll { first.utf8(startA + $0) == nil && second.utf8(startB + $0) == nil }
            // If all are empty, the last one stays.
            if wanted.isEmpty { wanted = [prompts.count - 1] }
            counts.removedTurns += prompts.count - wanted.count
        }
        return wanted.map { turn in
            TurnTexts(
                prompt: rows.prompt.utf8(prompts.lowerBound + turn) ?? replaced(&counts),
                responseA: text(first.utf8(startA + turn), &counts),
                responseB: text(second.utf8(startB + turn), &counts))
        }
    }

    private func text(_ response: ArraySlice<UInt8>?, _ counts: inout PackCounts) -> ArraySlice<UInt8> {
        if let response, !response.isEmpty { return response }
        return replaced(&counts)
    }

    private func replaced(_ counts: inout PackCounts) -> ArraySlice<UInt8> {
        counts.nullTexts += 1
        return nullText[...]
    }
}
