import Columns
import Files
public import StageKit
public import StageSchemas

/// Scores of predictions against labels.
public enum Evaluate: StageKind {
    /// What it can be told.
    public struct Parameters: Decodable, Sendable {
        let title: String
        let resamples: Int
        let seed: Int
        let memberNames: [String]
    }

    /// What the kind is called, reads and writes.
    public static let schema = StageSchema(
        name: "evaluate", summary: "Scores predictions: log loss with an interval, calibration, and slices.",
        discussion: """
            Log loss clips to the machine's epsilon, as Kaggle does. The interval is a 95 % bootstrap over *groups* (over \
            rows where there are no folds), since rows of a group are not independent. Slices: fold, source, number of \
            turns, language, and quarters by length. The class prior, measured on the same rows, is what a model has to \
            beat; `members` are scored beside the predictions.
            """,
        inputs: [
            InputPort("rows", "The packed table, with labels."),
            InputPort("predictions", "The predictions to score."),
            InputPort("folds", .optional, "The folds, for their scores and groups."),
            InputPort("members", .any, "Other predictions to compare with."),
        ],
        outputs: [
            OutputPort("metrics", "metrics.json", "All numbers."),
            OutputPort("summary", "summary.md", "The same for people."),
        ],
        parameters: [
            Parameter("title", .string, default: "Evaluation", "The heading of the summary."),
            Parameter(
                "resamples", .integer(0...100_000), default: 1000, "How many times the bootstrap draws."),
            Parameter("seed", .anyInteger, default: 42, "The seed of the bootstrap."),
            Parameter(
                "memberNames", .list(.string), default: [], "What the members are called, in their order."),
        ])

    /// Scores.
    public static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try PackedTable.read(context.input("rows"))
        let folds = try context.optionalInput("folds").map { try FoldTable($0) }
        let rows = try ScoredRow.join(PredictionTable(context.input("predictions")), table, folds)
        guard !rows.isEmpty else { throw StageFailure("none of the predicted rows has a label") }
        var members: [(name: String, scores: Scores)] = []
        for (index, input) in context.allInputs("members").enumerated() {
            let joined = try ScoredRow.join(PredictionTable(input.path), table, folds)
            let name =
                index < parameters.memberNames.count ? parameters.memberNames[index] : "member \(index + 1)"
            members.append((name, Scores(joined.map { ($0.probabilities, $0.label) })))
        }
        let evaluation = Evaluation(
            title: parameters.title, scores: Scores(rows.map { ($0.probabilities, $0.label) }),
            interval: Bootstrap.interval(rows, resamples: parameters.resamples, seed: parameters.seed),
            prior: prior(rows), members: members, slices: Slices.all(rows))
        try JSONFile.write(evaluation.json, to: context.output("metrics"))
        try FileContents.write(evaluation.markdown, to: context.output("summary"))
        context.metric("logLoss", evaluation.scores.logLoss)
        context.metric("accuracy", evaluation.scores.accuracy)
        context.metric("priorLogLoss", evaluation.prior.logLoss)
        context.log("log loss \(evaluation.scores.logLoss), prior \(evaluation.prior.logLoss)")
    }

    /// The scores of always predicting the share of each label.
    private static func prior(_ rows: [ScoredRow]) -> Scores {
        func share(_ label: ComparisonLabel) -> Double {
            Double(rows.count { $0.label == label }) / Double(rows.count)
        }
        let shares = Probabilities(a: share(.a), b: share(.b), tie: share(.tie))
        return Scores(rows.map { (shares, $0.label) })
    }
}
