import Columns
import DeviceSettings
import Files
import LabelledPredictions
import LanguageModels
import PackedRows
import Predictions
package import StageKit
package import StageSchemas
import Texts
import TokenRows

/// Predicts with language models.
package enum PredictLanguageModel: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(0.01...100, "Divides the logits: values above 1 make predictions more cautious.")
        var temperature = 1.0

        @Setting(
            0...1, "The share of comparisons to predict, those with the most tokens; null for all.")
        var longestShare: Double?

        @Setting(
            0...1_000_000_000,
            "The number of comparisons to predict, those with the most tokens; null for all.")
        var longestCount: Int?

        @SettingGroup var batches = PromptBatches.Settings()
        @SettingGroup var computation = ComputationSettings()

        package init() {}
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "predict-language-model",
        summary:
            "Predicts with a language model and its adapters: out of fold for training rows, and with their mean for other rows.",
        discussion: """
            The model reads each row's tokens up to the answer. Only its logits of the three answers, divided by \
            `temperature`, go through a softmax; an adapter with a three-way head provides its classes instead. No \
            other tokens of the vocabulary, and no other positions, are computed.

            **Orientation** is that of the packed table: for one packed with `orientation: swapped`, the answers are \
            exchanged back, so that predictions always refer to the original A and B. If a comparison has several \
            rows, their predictions are averaged.

            **Adapters.** With `folds`, each row is predicted only by the adapter that held out its fold; rows that \
            are never held out are left out. Without `folds`, the probabilities of all adapters are averaged; \
            without any adapter, the base model predicts alone.

            **Subsets.** With `longestShare` or `longestCount`, only the comparisons with the most tokens are \
            predicted: ⌊share × n⌋ or that number, whichever is less. The result contains only their ids; `blend` \
            can give them separate weights.

            Rows are processed by length, without padding, `tokensPerBatch` tokens at a time. Tokens that all rows \
            begin with, such as an instruction, are processed only once.
            """,
        inputs: [
            InputPort("model", "A checkpoint folder, such as the output of `quantize`."),
            InputPort("rows", "The packed table with tokens."),
            InputPort("adapter", .any, "Adapters: one, one per fold, or none."),
            InputPort(
                "folds", .optional,
                "The folds that the adapters were trained with, to predict their training rows."),
        ],
        outputs: [OutputPort("predictions", "predictions.parquet", "P(A wins), P(B wins), P(tie) by id.")],
        parameters: Parameters.self)

    /// Predicts.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let folder = try ModelFolder(context.input("model"))
        let rows = try LanguageRows(
            PackedTable.read(context.input("rows")), port: "rows", for: folder.configuration)
        let folds = try context.optionalInput("folds").map { try FoldTable($0).folds }
        let comparisons = try rows.table.comparisons().filter { folds?[$0.id] != FoldTable.trainingOnly }
        let chosen = LongestRows(share: parameters.longestShare, count: parameters.longestCount).chosen(
            comparisons.map { $0.rows.map(rows.length).max() ?? 0 }
        ).map { comparisons[$0] }
        let jobs = try jobs(chosen.flatMap(\.rows), rows, folder, context)
        let operations = jobs.isEmpty ? nil : try parameters.computation.device.operations(context)
        let weights =
            jobs.isEmpty
            ? nil : try DecoderWeights(checkpoint: folder.path, folder.configuration, on: operations)
        var progress = PredictionProgress(
            context, tokens: jobs.reduce(0) { $0 + $1.rows.reduce(0) { $0 + rows.length($1) } })
        var sums = [Probabilities?](repeating: nil, count: rows.count)
        for job in jobs {
            guard let weights else { break }
            var decoder = try Decoder(
                folder.configuration, weights: weights, adapter: job.adapter?.folder.adapter,
                threads: context.threads, on: operations)
            decoder.products = parameters.computation.precision
            let predictor = try LanguagePredictor(
                decoder: decoder, parameters: job.adapter?.folder.parameters,
                answers: rows.answers, temperature: parameters.temperature,
                prompts: job.rows.map(rows.prompt))
            for batch in PromptBatches.batches(
                job.rows, tokens: parameters.batches.tokensPerBatch, length: rows.length)
            {
                for (row, own) in zip(batch, try predictor.probabilities(batch.map(rows.prompt))) {
                    let sum = sums[row] ?? Probabilities(a: 0, b: 0, tie: 0)
                    sums[row] = Probabilities(a: sum.a + own.a, b: sum.b + own.b, tie: sum.tie + own.tie)
                }
                progress.add(batch.reduce(0) { $0 + rows.length($1) })
            }
        }
        let table = table(chosen, sums, rows, folds)
        try table.write(to: context.output("predictions"))
        context.metric("rows", table.ids.count)
        context.metric("longestRow", chosen.flatMap(\.rows).map(rows.length).max() ?? 0)
        report(table, chosen, rows, context)
    }

    private struct Job: Sendable {
        let adapter: TrainedAdapter?
        let rows: [Int]
    }

    /// Which adapter predicts which rows.
    private static func jobs(
        _ wanted: [Int], _ rows: LanguageRows, _ folder: ModelFolder, _ context: StageContext
    ) throws -> [Job] {
        guard !wanted.isEmpty else { return [] }
        let adapters = try context.allInputs("adapter").map {
            try TrainedAdapter($0.path, for: folder.configuration)
        }
        for adapter in adapters where !adapter.answers.isEmpty && adapter.answers != rows.answers {
            throw StageFailure(
                "adapter: it was trained with different answers than those of 'rows'; use the same template")
        }
        guard let folds = try context.optionalInput("folds").map({ try FoldTable($0) }) else {
            return adapters.isEmpty
                ? [Job(adapter: nil, rows: wanted)] : adapters.map { Job(adapter: $0, rows: wanted) }
        }
        var byFold: [Int: [Int]] = [:]
        for row in wanted {
            guard let fold = folds.folds[rows.id(row)] else {
                throw StageFailure("the row '\(rows.id(row))' is not in 'folds'")
            }
            guard fold != FoldTable.trainingOnly else { continue }
            byFold[fold, default: []].append(row)
        }
        var known: Set<Int> = []
        let jobs = try adapters.map { adapter in
            guard let fold = adapter.heldOutFold else {
                throw StageFailure(
                    "an adapter was trained on all rows, so it cannot predict them; remove 'folds', or train with 'fold'"
                )
            }
            guard known.insert(fold).inserted else {
                throw StageFailure("two adapters held out fold \(fold); connect one per fold")
            }
            return Job(adapter: adapter, rows: byFold[fold] ?? [])
        }
        if let fold = byFold.keys.filter({ !known.contains($0) }).min() {
            throw StageFailure("no adapter held out fold \(fold); connect one per fold")
        }
        return jobs
    }

    /// The means of each comparison's rows, in the original orientation.
    private static func table(
        _ chosen: [(id: String, rows: Range<Int>)], _ sums: [Probabilities?], _ rows: LanguageRows,
        _ folds: TextMap<Int>?
    ) -> PredictionTable {
        let means = chosen.map { comparison -> Probabilities in
            var sum = Probabilities(a: 0, b: 0, tie: 0)
            for row in comparison.rows {
                guard let shown = sums[row]?.normalized else { continue }
                let own = rows.table.swapped.values[row] ? shown.swapped : shown
                sum = Probabilities(a: sum.a + own.a, b: sum.b + own.b, tie: sum.tie + own.tie)
            }
            return sum.normalized
        }
        return PredictionTable(
            ids: chosen.map(\.id), probabilities: means, folds: chosen.map { folds?[$0.id] })
    }

    /// Reports the log loss, if labels are known.
    private static func report(
        _ table: PredictionTable, _ chosen: [(id: String, rows: Range<Int>)], _ rows: LanguageRows,
        _ context: StageContext
    ) {
        let scored = zip(chosen, table.probabilities).compactMap { comparison, probabilities in
            rows.table.originalLabel(comparison.rows.lowerBound).map {
                (probabilities: probabilities, label: $0)
            }
        }
        if !scored.isEmpty { context.metric("logLoss", Scores(scored).logLoss) }
    }
}
