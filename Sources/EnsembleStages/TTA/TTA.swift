import Glibc
import Predictions
package import StageKit
package import StageSchemas

/// Test-time augmentation: averages predictions of the same rows in several presentations.
package enum TTA: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("Which mean is used; a geometric mean is normalized.")
        var mean = Mean.arithmetic

        package init() {}
    }

    enum Mean: String, SettingChoice { case arithmetic, geometric }

    /// The schema.
    package static let schema = StageSchema(
        name: "tta", summary: "Test-time augmentation: averages the predictions of both orientations.",
        discussion: """
            All inputs contain the same ids, and have already been mapped back, as `predict` does. The result is \
            symmetric: exchanging A and B in the data exchanges P(A) and P(B).
            """,
        inputs: [InputPort("predictions", .many, "Predictions of the same rows in different presentations.")],
        outputs: [OutputPort("predictions", "predictions.parquet", "Their mean by id.")],
        parameters: Parameters.self)

    /// Averages the predictions.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let tables = try context.allInputs("predictions").map { try PredictionTable($0.path) }
        let aligned = try MemberAlignment.complete(tables)
        let count = Double(tables.count)
        let means = aligned.rows.map { members -> Probabilities in
            switch parameters.mean {
            case .arithmetic:
                return Probabilities(
                    a: members.reduce(0) { $0 + $1.a } / count, b: members.reduce(0) { $0 + $1.b } / count,
                    tie: members.reduce(0) { $0 + $1.tie } / count
                ).normalized
            case .geometric:
                func mean(_ values: [Double]) -> Double {
                    exp(values.reduce(0) { $0 + log(max($1, 1e-300)) } / count)
                }
                return Probabilities(
                    a: mean(members.map(\.a)), b: mean(members.map(\.b)), tie: mean(members.map(\.tie))
                ).normalized
            }
        }
        try PredictionTable(ids: aligned.ids, probabilities: means, folds: aligned.folds)
            .write(to: context.output("predictions"))
    }
}
