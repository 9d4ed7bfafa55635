import Columns
import Files
import JSON
import LabelledPredictions
import PackedRows
import Predictions
package import StageKit
package import StageSchemas
import Texts

/// A logistic regression on other models' predictions.
package enum StackLogits: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(0.000_000_001...1_000_000, "The candidates for the strength of the regularization.")
        var l2 = [0.000_01, 0.000_1, 0.001, 0.01, 0.1, 1]

        package init() {}

        package func validate() throws(ParameterProblem) {
            guard !l2.isEmpty else { throw $l2.problem("at least one candidate is needed") }
        }

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            let needed = inputs.contains("rows") && inputs.contains("folds")
            guard inputs.contains("model") || needed else {
                throw ParameterProblem(
                    path: [],
                    message: "connect 'rows' and 'folds', to fit a model, or 'model', to apply one")
            }
            guard inputs.contains("rows") || !inputs.contains("folds") else {
                throw ParameterProblem(path: [], message: "the input 'folds' requires 'rows'")
            }
        }
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "stack-logits", summary: "Stacks predictions by a logistic regression on their log odds.",
        discussion: """
            Unlike `blend`, a stack can sharpen members, and weigh them differently for ties than for the preference. \
            With d = ln(A/B) and t = ln(tie/√(A·B)) of each member, the scores of A, B and tie are s, −s and t: s is \
            half the members' d, weighted, and t their t, weighted, plus a constant. Exchanging A and B exchanges \
            the prediction, by construction. The mean log loss is minimized with an L2 penalty on the distance from \
            the normalized geometric mean of the members, exactly (Newton's method; the problem is convex).

            **Fitting** needs `rows` with labels and `folds`, and out-of-fold predictions. Each fold is predicted \
            with a model fitted to the others, for which the strength of the penalty is chosen from `l2` by \
            cross-validation within these; so the predictions are out of fold again and their log loss, \
            `nestedLogLoss`, is unbiased. `model` is fitted to all folds in the same way.

            **Applying**: connect `model` of such a stage, and the same members' predictions of other rows, such as \
            the test set. With `rows`, the metric `logLoss` is that of their labeled rows, if there are any (with \
            `folds`, of those that are held out).
            """,
        inputs: [
            InputPort("predictions", .many, "The members, which all have the same rows."),
            InputPort("rows", .optional, "The packed table with labels, to fit a model or to score one."),
            InputPort("folds", .optional, "The folds, to fit a model; at least three with labeled rows."),
            InputPort("model", .optional, "The model of another such stage, to apply it."),
        ],
        outputs: [
            OutputPort("predictions", "predictions.parquet", "The stacked predictions by id."),
            OutputPort(
                "model", "model.json",
                "The weights, the chosen strength and the losses; the applied model if none was fitted."),
        ],
        parameters: Parameters.self)

    /// Fits or applies a stack.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let members = try MemberAlignment.complete(
            context.allInputs("predictions").map { try PredictionTable($0.path) })
        let count = context.allInputs("predictions").count
        if let path = context.optionalInput("model") {
            let file = try StackFile(path, members: count)
            let stacked = members.rows.map { file.stack.predict($0) }
            try write(members, stacked, file, context)
            if let rows = context.optionalInput("rows") { try score(members, stacked, rows, context) }
            return
        }
        guard let rows = context.optionalInput("rows"), let folds = context.optionalInput("folds") else {
            throw StageFailure("fitting needs the inputs 'rows' and 'folds'")
        }
        let table = try FoldTable(folds)
        let first = PredictionTable(ids: members.ids, probabilities: members.rows.map { $0[0] })
        let labelled = try LabelledPrediction.join(first, PackedTable.read(rows), table)
        var examples = [[LogitStack.Example]](repeating: [], count: table.count)
        for row in labelled {
            guard let fold = row.fold else { continue }
            examples[fold].append(LogitStack.Example(members.rows[row.position], row.label))
        }
        guard examples.count(where: { !$0.isEmpty }) >= 3 else {
            throw StageFailure(
                "folds: fitting needs labeled rows in at least three folds: one to predict, and two to choose "
                    + "the strength of the penalty")
        }
        let selection = StackSelection(folds: examples, candidates: parameters.l2, members: count)
        let choices = selection.all(threads: context.threads)
        let whole = choices[table.count]
        var file = StackFile(whole)
        var (loss, total) = (0.0, 0)
        for fold in examples.indices {
            loss += choices[fold].stack.logLoss(examples[fold]) * Double(examples[fold].count)
            total += examples[fold].count
        }
        file.nestedLogLoss = loss / Double(total)
        file.foldL2 = choices.dropLast().map(\.l2)
        let stacked = zip(members.ids, members.rows).map { id, row in
            let fold = table.folds[id] ?? FoldTable.trainingOnly
            return (fold == FoldTable.trainingOnly ? whole : choices[fold]).stack.predict(row)
        }
        try write(members, stacked, file, context)
        context.metric("nestedLogLoss", loss / Double(total))
        context.metric("l2", whole.l2)
    }

    /// Reports the log loss of predictions for the labeled rows.
    private static func score(
        _ members: MemberAlignment, _ stacked: [Probabilities], _ rows: FilePath, _ context: StageContext
    ) throws {
        let folds = try context.optionalInput("folds").map { try FoldTable($0) }
        let table = PredictionTable(ids: members.ids, probabilities: stacked)
        let labelled = try LabelledPrediction.join(table, PackedTable.read(rows), folds)
        guard !labelled.isEmpty else { return }
        let loss = labelled.reduce(0) { $0 + $1.probabilities.logLoss($1.label) }
        context.metric("logLoss", loss / Double(labelled.count))
    }

    private static func write(
        _ members: MemberAlignment, _ stacked: [Probabilities], _ file: StackFile, _ context: StageContext
    ) throws {
        try PredictionTable(ids: members.ids, probabilities: stacked, folds: members.folds)
            .write(to: context.output("predictions"))
        try JSONFile.write(file.value, to: context.output("model"))
    }
}

/// The file of a stack.
struct StackFile: Sendable {
    let stack: LogitStack
    let l2: Double
    /// The cross-validated log loss with which `l2` was chosen.
    let logLoss: Double
    var nestedLogLoss: Double?
    var foldL2: [Double] = []

    init(_ choice: StackSelection.Choice) {
        stack = choice.stack
        l2 = choice.l2
        logLoss = choice.logLoss
    }

    /// Reads a file.
    ///
    /// - Throws: `StageFailure` if it is not a stack of this many members.
    init(_ path: FilePath, members: Int) throws {
        struct Record: Decodable {
            let preference: [Double]
            let tie: [Double]
            let bias: Double
            let l2: Double
            let logLoss: Double
            let nestedLogLoss: Double?
            let foldL2: [Double]
        }
        let bytes = try FileContents.read(path, limit: 1 << 20)
        guard let record = try? JSONRecord.decode(Record.self, from: bytes),
            record.preference.count == record.tie.count
        else { throw StageFailure("\(path) is not the model of a stack-logits stage") }
        guard record.preference.count == members else {
            throw StageFailure(
                "\(path) is a stack of \(record.preference.count) members, but there are \(members) predictions"
            )
        }
        var stack = LogitStack(members: members)
        stack.preference = record.preference
        stack.tie = record.tie
        stack.bias = record.bias
        self.stack = stack
        l2 = record.l2
        logLoss = record.logLoss
        nestedLogLoss = record.nestedLogLoss
        foldL2 = record.foldL2
    }

    /// The file's content.
    var value: Value {
        [
            "preference": .list(stack.preference.map { .number($0) }),
            "tie": .list(stack.tie.map { .number($0) }), "bias": .number(stack.bias), "l2": .number(l2),
            "logLoss": .number(logLoss), "nestedLogLoss": nestedLogLoss.map { .number($0) } ?? .null,
            "foldL2": .list(foldL2.map { .number($0) }),
        ]
    }
}
