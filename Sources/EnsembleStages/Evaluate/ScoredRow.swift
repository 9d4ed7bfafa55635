import Columns
import Comparisons
import LabelledPredictions
import PackedRows
import Predictions
import StageKit
import Texts

/// A labeled comparison with its prediction, and the attributes for slicing.
struct ScoredRow: Sendable {
    let id: String
    private(set) var probabilities: Probabilities
    let label: ComparisonLabel
    let source: String
    let language: String
    /// The two models in alphabetical order; nil if one is unknown.
    let models: String?
    let turns: Int
    /// The number of bytes that a model reads of it.
    let bytes: Int
    let fold: Int?
    let group: String

    /// −ln of the label's probability.
    var loss: Double { probabilities.logLoss(label) }

    /// The row with another prediction.
    func predicted(_ probabilities: Probabilities) -> ScoredRow {
        var copy = self
        copy.probabilities = probabilities
        return copy
    }

    /// The predicted comparisons that have labels, in the order of the predictions.
    static func join(
        _ predictions: PredictionTable, _ table: PackedTable, _ folds: FoldTable?
    ) throws -> [ScoredRow] {
        let comparisons = try table.comparisons()
        var positions: TextMap<Range<Int>> = [:]
        for comparison in comparisons { positions[comparison.id] = comparison.rows }
        return try zip(predictions.ids, predictions.probabilities).compactMap { id, probabilities in
            guard let rows = positions[id] else {
                throw StageFailure("the predicted row '\(id)' is not in 'rows'")
            }
            let row = rows.lowerBound
            guard let label = table.originalLabel(row) else { return nil }
            return ScoredRow(
                id: id, probabilities: probabilities, label: label, source: table.source[row] ?? "",
                language: table.language[row] ?? "unknown", models: models(table, row),
                turns: Int(table.totalTurns.values[row]),
                bytes: rows.reduce(0) { $0 + table.text.byteCount(at: $1) },
                fold: folds?.folds[id].flatMap { $0 == FoldTable.trainingOnly ? nil : $0 },
                group: folds?.groups[id] ?? id)
        }
    }

    private static func models(_ table: PackedTable, _ row: Int) -> String? {
        guard let a = table.modelA[row], let b = table.modelB[row] else { return nil }
        let isOrdered = !b.utf8.lexicographicallyPrecedes(a.utf8)
        return isOrdered ? "\(a) / \(b)" : "\(b) / \(a)"
    }
}

extension Scores {
    /// The scores of rows.
    init(_ rows: [ScoredRow]) { self.init(rows.map { ($0.probabilities, $0.label) }) }
}
