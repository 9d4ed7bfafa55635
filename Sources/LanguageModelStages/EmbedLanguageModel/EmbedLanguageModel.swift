import Checkpoints
import Columns
import DeviceSettings
import FeatureTables
import FloatFormats
import LabelledPredictions
import LanguageModels
import PackedRows
package import StageKit
package import StageSchemas
import TokenRows

/// Turns comparisons into the hidden states of a language model.
package enum EmbedLanguageModel: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(
            "Which hidden states represent a row: `last`, that of its last token, which has attended to the whole row, or `mean`, their average."
        )
        var pooling = Pooling.last

        @SettingGroup var batches = PromptBatches.Settings()
        @SettingGroup var computation = ComputationSettings()

        package init() {}
    }

    /// What represents a row.
    enum Pooling: String, SettingChoice { case last, mean }

    /// The schema.
    package static let schema = StageSchema(
        name: "embed-language-model",
        summary:
            "Turns comparisons into a language model's hidden states: features for linear and boosted models.",
        discussion: """
            The model is used without an adapter. It reads each comparison twice, as packed in `rows` and as packed in \
            `swapped`, up to the answer. Its hidden states at that position, after the last layer and the final norm, are \
            the features: `a` with A shown first, `b` with B shown first, and as `prompt` the mean of both, which does not \
            depend on the order. Connect them to the input `features` of `train-linear` or `train-gradient-boosting`, and \
            of `predict`.

            This costs as much as predicting both orientations, but only once: no fold is involved, since nothing is \
            trained.

            If a comparison has several rows, their states are averaged. Numbers are rounded to BF16.
            """,
        inputs: [
            InputPort("model", "A checkpoint folder, such as the output of `import-gguf`."),
            InputPort("rows", "The packed table with tokens."),
            InputPort("swapped", "The same comparisons, packed with the other `orientation`."),
        ],
        outputs: [OutputPort("features", "features.parquet", "The hidden states by id.")],
        parameters: Parameters.self)

    /// Reads all rows in both orientations.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let folder = try ModelFolder(context.input("model"))
        let shown = try ["rows", "swapped"].map { port in
            try LanguageRows(PackedTable.read(context.input(port)), port: port, for: folder.configuration)
        }
        let counterparts = try shown[0].counterparts(in: shown[1], port: "swapped")
        let comparisons = try shown[0].table.comparisons()
        let operations = comparisons.isEmpty ? nil : try parameters.computation.device.operations(context)
        var decoder: Decoder?
        if !comparisons.isEmpty {
            decoder = try Decoder(
                folder.configuration,
                weights: DecoderWeights(checkpoint: folder.path, folder.configuration, on: operations),
                adapter: nil, threads: context.threads, on: operations)
            decoder?.products = parameters.computation.precision
        }
        var progress = PredictionProgress(
            context, tokens: shown.reduce(0) { $0 + (0..<$1.count).map($1.length).reduce(0, +) })
        let states = try shown.map { rows in
            try decoder.map { try HiddenStates($0, rows, parameters, &progress).values } ?? []
        }
        let size = folder.configuration.hiddenSize
        var values: [Float] = []
        values.reserveCapacity(3 * comparisons.count * size)
        for comparison in comparisons {
            let first = mean(comparison.rows.map { $0 }, states[0], size)
            let second = mean(comparison.rows.map { counterparts[$0] }, states[1], size)
            // Each table has a single orientation, so any row shows which table has A first.
            let isSwapped = shown[0].table.swapped.values[comparison.rows.lowerBound]
            for numbers in [zip(first, second).map { ($0 + $1) / 2 }]
                + (isSwapped ? [second, first] : [first, second])
            {
                values += numbers.map { Float(bitPattern: UInt32(Float($0).bfloat16) << 16) }
            }
        }
        try FeatureTable(ids: comparisons.map(\.id), promptWidth: size, answerWidth: size, values: values)
            .write(to: context.output("features"))
        context.metric("rows", comparisons.count)
        context.metric("features", size)
    }

    /// The mean of some rows' states.
    private static func mean(_ rows: [Int], _ states: [Float], _ size: Int) -> [Double] {
        var sums = [Double](repeating: 0, count: size)
        for row in rows { for index in 0..<size { sums[index] += Double(states[row * size + index]) } }
        return sums.map { $0 / Double(rows.count) }
    }
}
