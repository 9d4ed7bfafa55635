import Columns
import Comparisons
import Files
import PackedRows
import Predictions
package import StageKit
package import StageSchemas

/// Scores predictions against labels.
package enum Evaluate: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("The heading of the summary.")
        var title = "Evaluation"

        @Setting(0...100_000, "The number of bootstrap resamples.")
        var resamples = 1000

        @Setting("The seed of the bootstrap.")
        var seed = 42

        @Setting("The names of the members, in order.")
        var memberNames: [String] = []

        package init() {}

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            guard memberNames.count <= inputs.count("members") else {
                throw $memberNames.problem(
                    "there are \(memberNames.count) names for \(inputs.count("members")) members")
            }
            if inputs.contains("training"), !inputs.contains("comparisons") {
                throw ParameterProblem(
                    path: [],
                    message: "the input 'training' requires 'comparisons', the comparison table of the rows")
            }
            if inputs.contains("groups"), !inputs.contains("folds") {
                throw ParameterProblem(path: [], message: "the input 'groups' requires 'folds'")
            }
        }
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "evaluate",
        summary: "Scores predictions: log loss with an interval, calibration, slices, leaks.",
        discussion: """
            Log loss is clipped to machine epsilon, as on Kaggle. Intervals are 95 % bootstrap intervals over \
            *groups* (over rows if there are no folds), since the rows of a group are not independent. The class \
            prior, measured on the same rows, is what a model has to beat; `members` are scored for comparison, and \
            the difference to each is resampled with the same groups for both.

            Slices: fold, source, number of turns, language, quartiles of length, and pair of models; subsets with \
            fewer than 20 rows are combined. Next to each is the log loss of its own class prior: if a model is \
            worse, it has not learned what is specific to the subset. Calibration tables compare predicted \
            probabilities with observed frequencies, for the most likely label and for each label.

            **Leaks.** Rows that share all their strings, or their prompts, with rows that the models have seen are \
            scored separately. `comparisons` is the comparison table of the rows. With `training`, the models have \
            seen the rows of those tables; otherwise, with `folds`, they have seen the rows of other folds and those \
            never held out. With `groups` (for example from `near-duplicates`) and `folds`, rows whose group extends \
            to another fold are scored separately too.

            A table that was packed swapped is scored against the original labels.
            """,
        inputs: [
            InputPort("rows", "The packed table, with labels."),
            InputPort("predictions", "The predictions to score."),
            InputPort("folds", .optional, "The folds, for their scores and groups."),
            InputPort("members", .any, "Other predictions, for comparison."),
            InputPort("comparisons", .optional, "The comparison table of the rows, for finding leaks."),
            InputPort(
                "training", .any,
                "Comparison tables that the models were trained on, in addition to the folds."),
            InputPort("groups", .optional, "id, group: groups of similar rows, for finding leaks."),
        ],
        outputs: [
            OutputPort("metrics", "metrics.json", "All metrics."),
            OutputPort("summary", "summary.md", "The same metrics in a readable form."),
            OutputPort(
                "pictures", "pictures", isDirectory: true,
                "reliability.svg, length.svg, confusion.svg, comparison.svg: the summary's charts."),
        ],
        parameters: Parameters.self)

    /// Scores the predictions.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try PackedTable.read(context.input("rows"))
        let folds = try context.optionalInput("folds").map { try FoldTable($0) }
        let rows = try ScoredRow.join(PredictionTable(context.input("predictions")), table, folds)
        guard !rows.isEmpty else { throw StageFailure("none of the predicted rows has a label") }
        let members = try context.allInputs("members").enumerated().map { index, input in
            let names = parameters.memberNames
            return (
                name: index < names.count ? names[index] : "member \(index + 1)",
                rows: try ScoredRow.join(PredictionTable(input.path), table, folds)
            )
        }
        let evaluation = try Evaluation(
            title: parameters.title, rows, members: members, leaks: leaks(rows, folds, context),
            Bootstrap(resamples: parameters.resamples, seed: parameters.seed, threads: context.threads))
        try write(evaluation, context)
        context.metric("logLoss", evaluation.scores.logLoss)
        context.metric("accuracy", evaluation.scores.accuracy)
        context.metric("calibrationError", evaluation.scores.calibrationError)
        context.metric("priorLogLoss", evaluation.prior.scores.logLoss)
        context.log(
            "log loss \(evaluation.scores.logLoss), prior \(evaluation.prior.scores.logLoss)")
        if let sentence = evaluation.idleSentence { context.log(sentence) }
    }

    private static func write(_ evaluation: Evaluation, _ context: StageContext) throws {
        try JSONFile.write(evaluation.json, to: context.output("metrics"))
        try FileContents.write(evaluation.markdown, to: context.output("summary"))
        let folder = try context.output("pictures")
        try FileSystem.makeDirectories(folder)
        for picture in evaluation.pictures {
            try FileContents.write(picture.svg, to: folder.appending(picture.name))
        }
    }

    private static func leaks(
        _ rows: [ScoredRow], _ folds: FoldTable?, _ context: StageContext
    ) throws -> [LeakReport] {
        let training = context.allInputs("training").map(\.path)
        var reports: [LeakReport] = []
        if let comparisons = context.optionalInput("comparisons") {
            if !training.isEmpty {
                reports += try LeakReport.against(
                    training: training, comparisons: comparisons, rows, threads: context.threads)
            } else if let folds {
                reports += try LeakReport.acrossFolds(
                    comparisons: comparisons, folds, rows, threads: context.threads)
            }
        }
        if let groups = context.optionalInput("groups"), let folds {
            reports.append(try LeakReport.acrossFolds(groups: groups, folds, rows))
        }
        return reports
    }
}
