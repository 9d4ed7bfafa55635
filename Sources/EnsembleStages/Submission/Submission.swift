import Columns
import Files
import Predictions
package import StageKit
package import StageSchemas
import Texts

/// Writes Kaggle's submission file.
package enum Submission: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(3...15, "The number of decimals.")
        var digits = 6

        package init() {}
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "submission", summary: "Writes predictions in Kaggle's format.",
        discussion: """
            Columns `id, winner_model_a, winner_model_b, winner_tie`; rows are sorted by id, numerically if all ids \
            are integers. The printed digits of each row sum to exactly 1: the largest probability absorbs the \
            rounding error.
            """,
        inputs: [InputPort("predictions", "The predictions.")],
        outputs: [OutputPort("submission", "submission.csv", "The submission.")],
        parameters: Parameters.self)

    /// Writes the file.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try PredictionTable(context.input("predictions"))
        var csv = Array("id,winner_model_a,winner_model_b,winner_tie\n".utf8)
        for row in order(table.ids) {
            CSVField.append(table.ids[row], to: &csv)
            for cell in rounded(table.probabilities[row], digits: parameters.digits) {
                csv += Array(",\(cell)".utf8)
            }
            csv.append(0x0A)
        }
        try FileContents.write(csv, to: context.output("submission"))
        context.metric("rows", table.ids.count)
    }

    /// The rows sorted by id, numerically if all ids are numbers.
    private static func order(_ ids: [String]) -> [Int] {
        let numbers = ids.compactMap { Int($0) }
        if numbers.count == ids.count {
            return ids.indices.sorted { (numbers[$0], $0) < (numbers[$1], $1) }
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
