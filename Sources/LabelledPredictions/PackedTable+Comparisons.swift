import Columns
package import PackedRows
package import Predictions
import StageKit
import Texts

extension PackedTable {
    /// The rows of each comparison, in order.
    ///
    /// - Throws: `StageFailure` if an id occurs in rows that are not the parts of one comparison.
    package func comparisons() throws -> [(id: String, rows: Range<Int>)] {
        var found: [(id: String, rows: Range<Int>)] = []
        var known = TextSet()
        for row in 0..<count {
            let name = id[row] ?? ""
            if let last = found.last, last.id.hasSameBytes(as: name),
                part.values[row] == Int64(last.rows.count)
            {
                found[found.count - 1].rows = last.rows.lowerBound..<row + 1
            } else if part.values[row] == 0, known.insert(name) {
                found.append((name, row..<row + 1))
            } else {
                throw StageFailure(
                    "rows: the id '\(name)' occurs in several comparisons; use 'deduplicate' to make ids unique"
                )
            }
        }
        return found
    }

    /// Turns predictions for rows into predictions for comparisons in the original orientation: those of one
    /// comparison's rows are averaged, and exchanged back if A and B were exchanged.
    ///
    /// - Parameters:
    ///   - probabilities: one prediction per row, as shown; nil for none. Comparisons without any prediction are left
    ///     out.
    ///   - folds: the fold that was held out for each row; nil if some model may have seen it.
    package func byComparison(
        _ probabilities: [Probabilities?], folds: [Int?]? = nil
    ) throws -> PredictionTable {
        precondition(probabilities.count == count, "there is an entry for every row")
        var ids: [String] = []
        var means: [Probabilities] = []
        var held: [Int?] = []
        for comparison in try comparisons() {
            let members = comparison.rows.compactMap { original(probabilities[$0], $0) }
            guard let first = members.first else { continue }
            ids.append(comparison.id)
            // The rows of a comparison are in the same fold.
            held.append(folds?[comparison.rows.lowerBound])
            guard members.count > 1 else {
                means.append(first)
                continue
            }
            let sum = members.reduce(Probabilities(a: 0, b: 0, tie: 0)) { sum, one in
                Probabilities(a: sum.a + one.a, b: sum.b + one.b, tie: sum.tie + one.tie)
            }
            means.append(sum.normalized)
        }
        return PredictionTable(ids: ids, probabilities: means, folds: held)
    }

    private func original(_ probabilities: Probabilities?, _ row: Int) -> Probabilities? {
        swapped.values[row] ? probabilities?.swapped : probabilities
    }
}
