import Columns
import Files
import Predictions
package import StageKit
package import StageSchemas
import Texts

/// Writes Kaggle's submission file.
package enum Submission: StageKind {
    /// What happens to rows without a prediction.
    enum Missing: String, SettingChoice {
        /// The stage fails.
        case error
        /// Each gets the mean of all predictions.
        case prior
    }

    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(3...15, "The number of decimals.")
        var digits = 6

        @Setting("Rows without a prediction: an error, or each gets the mean of all predictions.")
        var missing = Missing.error

        package init() {}
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "submission", summary: "Writes predictions in Kaggle's format, and accounts for every row.",
        discussion: """
            Columns `id, winner_model_a, winner_model_b, winner_tie`; rows are sorted by id, numerically if all ids \
            are integers. The printed digits of each row sum to exactly 1: the largest probability absorbs the \
            rounding error.

            Kaggle rejects a file that lacks a row of the test set or has an extra one. So `rows` must name all of \
            them: those that `ingest` accepted and those that it rejected, `rows: [test.rows, \
            test.rejects]`, or a file such as `sample_submission.csv`. A prediction for any other row is an error. So \
            is a row without a prediction, unless `missing: prior` fills it in with the mean of all predictions, the \
            models' prior; the metric `filled` counts such rows.
            """,
        inputs: [
            InputPort("predictions", "The predictions."),
            InputPort(
                "rows", .many, "Tables (Parquet, Arrow or CSV) whose columns `id` name all rows to submit."),
        ],
        outputs: [OutputPort("submission", "submission.csv", "The submission.")],
        parameters: Parameters.self)

    /// Writes the file.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try PredictionTable(context.input("predictions"))
        let expected = try ExpectedRows(context.allInputs("rows").map(\.path))
        let missing = try expected.missing(in: table)
        if !missing.isEmpty {
            let names = missing.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
            let sentence =
                "\(missing.count) of \(expected.ids.count) rows have no prediction, such as \(names)"
            guard parameters.missing == .prior, !table.ids.isEmpty else {
                throw StageFailure(sentence + "; predict them, or fill them in with missing: prior")
            }
            context.log(sentence + "; they get the mean of all predictions")
        }
        let ids = table.ids + missing
        let filled = Array(repeating: mean(table.probabilities), count: missing.count)
        let probabilities = table.probabilities + filled
        var csv = Array("id,winner_model_a,winner_model_b,winner_tie\n".utf8)
        for row in order(ids) {
            CSVField.append(ids[row], to: &csv)
            for cell in rounded(probabilities[row], digits: parameters.digits) {
                csv += Array(",\(cell)".utf8)
            }
            csv.append(0x0A)
        }
        try FileContents.write(csv, to: context.output("submission"))
        context.metric("rows", ids.count)
        context.metric("filled", missing.count)
    }

    private static func mean(_ rows: [Probabilities]) -> Probabilities {
        rows.reduce(Probabilities(a: 0, b: 0, tie: 0)) { sum, row in
            Probabilities(a: sum.a + row.a, b: sum.b + row.b, tie: sum.tie + row.tie)
        }.normalized
    }

    /// The rows sorted by id, numerically if all ids are numbers.
    private static func order(_ ids: [String]) -> [Int] {
        let numbers = ids.compactMap { WholeNumber($0) }
        if numbers.count == ids.count {
            return ids.indices.sorted {
                numbers[$0] == numbers[$1]
                    ? ids[$0].utf8.lexicographicallyPrecedes(ids[$1].utf8) : numbers[$0] < numbers[$1]
            }
        }
        return ids.indices.sorted { ids[$0].utf8.lexicographicallyPrecedes(ids[$1].utf8) }
    }

    /// Decimal fractions that sum to exactly 1.
    static func rounded(_ probabilities: Probabilities, digits: Int) -> [String] {
        var unit = 1
        for _ in 0..<digits { unit *= 10 }
        var parts = [probabilities.a, probabilities.b, probabilities.tie].map {
            Int(($0 * Double(unit)).rounded(.toNearestOrEven))
        }
        let largest = parts.indices.max { (parts[$0], $1) < (parts[$1], $0) } ?? 0
        parts[largest] += unit - parts.reduce(0, +)
        return parts.map { part in
            let fraction = String(part % unit)
            return "\(part / unit)." + String(repeating: "0", count: digits - fraction.count) + fraction
        }
    }
}
