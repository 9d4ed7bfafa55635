import Columns
import FeatureTables
import FoundationEssentials
import LinearModels
import PackedRows
package import StageKit
package import StageSchemas
import Tensors
import TextFeatures
import TrainingTargets

/// Softmax regression on hashed terms and structure, one model per call.
package enum TrainLinear: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(0...10_000, "The fold to hold out; null to train on all rows.")
        var fold: Int?

        @Setting(1...5, "The longest word n-gram used as a term.")
        var words = 2

        @Setting(0...8, "The length of byte n-grams used as terms; 0 for none.")
        var characters = 0

        @Setting(8...22, "The base-2 logarithm of the number of buckets.")
        var bits = 18

        @Setting(1...1_000_000, "Terms in fewer prompts and responses than this are dropped.")
        var minimumTexts = 2

        @Setting(0...1e6, "The L2 penalty on the weights of terms, as 1/C.")
        var termPenalty = 4.0

        @Setting(0...1e6, "The L2 penalty on the weights of numeric features, as 1/C.")
        var densePenalty = 50.0

        @Setting(0...1e6, "The L2 penalty on the weights of tables of features, as 1/C.")
        var tablePenalty = 50.0

        @Setting(1...10_000, "The maximum number of iterations.")
        var iterations = 100

        @Setting(0...1, "Stops when an iteration gains less than this share of the objective.")
        var tolerance = 1e-5

        @SettingGroup var soft = SoftTargets.Options()

        package init() {}

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            guard fold == nil || inputs.contains("folds") else {
                throw $fold.problem("it requires the input 'folds'")
            }
        }
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "train-linear", summary: "Trains a softmax regression on hashed n-grams and text structure.",
        discussion: """
            The scores of A, B and tie are (s, −s, t): s is a linear function of the *difference* between the \
            responses, and t of what does not change when they are exchanged. So exchanging A and B exchanges P(A) \
            and P(B) exactly.

            Terms (words, pairs of words, optionally byte n-grams) are hashed, weighted by sublinear frequency and \
            rarity, and normalized to unit length per text. In addition, there are numeric features such as length, \
            code blocks, lists, refusals, and the overlap of a response with the prompt. Rarity and scales are \
            fitted on the training rows only. The optimizer is L-BFGS; sums are in a fixed order, so the number of \
            threads does not matter.

            `features` are tables of numbers by id, such as those of `dense-text-features` or of an embedding of your \
            own: of the prompt, and of both responses. s is also linear in the responses' differences, and t in the \
            magnitudes of these and in the prompt's numbers, each divided by its deviation in the training rows.

            With `folds`, the rows of `fold` are held out, and their log loss is reported. Rows without a label are \
            left out, unless they occur in `targets` (`id, a, b, tie`): such rows are trained towards these \
            probabilities by KL divergence.
            """,
        inputs: [
            InputPort("rows", "The packed table."),
            InputPort("folds", .optional, "The folds, if one is to be held out."),
            InputPort("features", .any, "Tables of features: id, prompt, a, b."),
            InputPort("targets", .any, "Soft targets: a teacher's probabilities by id."),
        ],
        outputs: [
            OutputPort("model", "model.safetensors", "The weights, and the statistics of the features."),
            OutputPort("report", "report.json", "The objective per iteration, and the losses."),
        ],
        parameters: Parameters.self)

    /// Trains the model.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let table = try PackedTable.read(context.input("rows"))
        let rows = try TrainingRows(table, fold: parameters.fold, options: parameters.soft, in: context)
        let options = TermCounter.Options(
            words: parameters.words, characters: parameters.characters, bits: parameters.bits)
        let features = try ComparisonFeatures(
            of: table, rows: rows.training, options: options, threads: context.threads
        ) { context.progress($0, of: nil, "rows") }
        let scaling = FeatureScaling(
            fitting: features, bits: options.bits, minimumTexts: parameters.minimumTexts)
        let tables = try RowFeatures.all(context, table, rows: rows.training)
        let tableScaling = TableScaling(fitting: tables, rows: rows.training.count)
        let design = try LinearDesign(
            features, scaling, tables: tables, tableScaling, threads: context.threads)
        let columns = DesignColumns(bits: options.bits, tables: tableScaling.widths)
        let fitted = try fit(design, columns, rows.targets, parameters, context)
        let model = LinearModel(
            options: options, scaling: scaling, tables: tableScaling, weights: fitted.weights,
            heldOutFold: parameters.fold)
        try LinearModelFile.write(model, to: context.output("model"))
        var report: [String: Value] = [
            "rows": .integer(rows.training.count), "objective": .list(fitted.objective.map { .number($0) }),
            "trainingLoss": .number(loss(model, design, rows.targets)),
        ]
        if !rows.heldOut.isEmpty {
            let features = try ComparisonFeatures(
                of: table, rows: rows.heldOut, options: options, threads: context.threads)
            let tables = try RowFeatures.all(context, table, rows: rows.heldOut)
            let design = try LinearDesign(
                features, scaling, tables: tables, tableScaling, threads: context.threads)
            let held = loss(
                model, design, rows.heldOut.compactMap { table.label($0).map { RowTarget(label: $0) } })
            report["heldOutRows"] = .integer(rows.heldOut.count)
            report["heldOutLogLoss"] = .number(held)
            context.metric("heldOutLogLoss", held)
        }
        try JSONFile.write(.map(report), to: context.output("report"))
    }

    /// The weights that minimize the penalized loss, and the objective after each iteration.
    private static func fit(
        _ design: LinearDesign, _ columns: DesignColumns, _ targets: [RowTarget], _ parameters: Parameters,
        _ context: StageContext
    ) throws -> (weights: [SIMD2<Float>], objective: [Double]) {
        // Terms that do not occur would stay 0 and only take time.
        let (matrix, kept) = design.matrix.compacted()
        let penalties = kept.map { column in
            if column >= columns.tables { return parameters.tablePenalty }
            return column < columns.odd
                ? parameters.termPenalty : column < columns.constant ? parameters.densePenalty : 0
        }
        let objective = LinearObjective(
            matrix, targets: targets, penalties: penalties, threads: context.threads)
        var evaluations = 0
        let outcome = try LimitedMemoryBFGS(
            maximumIterations: parameters.iterations, tolerance: parameters.tolerance
        ).minimize(from: Array(repeating: 0, count: objective.weightCount)) { weights in
            evaluations += 1
            context.progress(evaluations, of: nil, "evaluations")
            return try objective.evaluate(weights)
        }
        var weights = [SIMD2<Float>](repeating: .zero, count: columns.count)
        for (column, pair) in zip(kept, objective.weights(outcome.point)) { weights[column] = pair }
        return (weights, outcome.values)
    }

    /// The mean loss of rows.
    private static func loss(_ model: LinearModel, _ design: LinearDesign, _ targets: [RowTarget]) -> Double {
        let scores = design.matrix.products(0..<design.count, model.weights)
        let total = zip(scores, targets).reduce(0) { sum, row in
            sum + row.1.slope(a: row.0.x, b: -row.0.x, tie: row.0.y).loss
        }
        return total / max(targets.reduce(0) { $0 + $1.weight }, 1e-12)
    }
}
