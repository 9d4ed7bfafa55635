import Checkpoints
import Columns
import Files
import LanguageModels
import PromptTemplates
package import StageKit
package import StageSchemas
import Texts
import Tokenizers

/// Creates a small language model with random weights, whose tokenizer is trained on the pipeline's own text.
package enum CreateModel: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("The family, which determines architecture, special tokens and template.")
        var family = ModelShape.Family.gemma2

        @Setting(512...1_000_000, "The maximum number of tokens, including the 256 bytes and special tokens.")
        var vocabularySize = 4_096

        @Setting(8...16_384, "The width of the residual stream.")
        var hiddenSize = 128

        @Setting(8...65_536, "The width of the feed-forward layers; null for three times hiddenSize.")
        var feedForwardSize: Int?

        @Setting(1...256, "The number of layers.")
        var layers = 4

        @Setting(1...256, "The number of query heads.")
        var heads = 4

        @Setting(1...256, "The number of key and value heads, a divisor of heads.")
        var keyValueHeads = 2

        @Setting(2...1_024, "The width of a head; null for hiddenSize ÷ heads.")
        var headSize: Int?

        @Setting(16...1_048_576, "The maximum sequence length.")
        var maximumPositions = 4_096

        @Setting(1...1_048_576, "For Gemma: the sliding window of every other layer.")
        var slidingWindow = 512

        @Setting("For Llama: whether the head shares the embedding, as it always does for Gemma.")
        var tiesEmbeddings = true

        @Setting("The element type of the weights.")
        var precision = ModelFolder.Precision.float32

        @Setting("The random seed of the weights.")
        var seed = 42

        package init() {}

        /// The width of a head.
        var widthOfHead: Int { headSize ?? hiddenSize / heads }

        package func validate() throws(ParameterProblem) {
            guard heads % keyValueHeads == 0 else {
                throw $heads.problem(
                    "\(heads) query heads cannot share \(keyValueHeads) key and value heads; choose a multiple"
                )
            }
            guard widthOfHead > 0, widthOfHead % 2 == 0 else {
                throw $headSize.problem("a head is \(widthOfHead) wide; rotary positions need an even width")
            }
        }
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "create-model",
        summary: "Creates a small Gemma-2 or Llama-3 model with random weights and its own tokenizer.",
        discussion: """
            The result is a checkpoint folder in Hugging Face's layout, as if it had been downloaded: `config.json`, \
            `model.safetensors`, `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json`. With it, \
            whatever needs a language model runs anywhere, without downloads. Train it first with \
            `pretrain-language-model`: its weights are random, normally distributed with standard deviation 0.02, \
            determined by `seed`.

            The tokenizer is a byte-level BPE, trained on the column `text` of `rows`, with the family's prompt \
            template repeated once per row. Words are split as in Llama-3. Gemma's special tokens come first, \
            Llama's last, as in the originals. If the text has too few distinct words for `vocabularySize`, the \
            vocabulary is smaller.
            """,
        inputs: [InputPort("rows", .many, "Packed tables, on whose texts the tokenizer is trained.")],
        outputs: [OutputPort("model", "model", isDirectory: true, "The checkpoint folder.")],
        parameters: Parameters.self)

    /// Trains the tokenizer, initializes the weights and writes the folder.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let shape = ModelShape(family: parameters.family)
        let vocabulary = try vocabulary(shape, parameters, context)
        let configuration = shape.configuration(parameters, vocabulary)
        let folder = try context.output("model")
        try FileSystem.makeDirectory(folder)
        let model = Decoder(training: configuration, threads: context.threads)
        let weights = model.initialParameters(seed: UInt64(bitPattern: Int64(parameters.seed)))
        try ModelCheckpoint.write(
            configuration, weights, type: parameters.precision.elementType, to: folder)
        try FileContents.write(vocabulary.json(), to: folder.appending("tokenizer.json"))
        try TokenizerSettings(shape: shape, maximumPositions: parameters.maximumPositions).write(to: folder)
        context.metric("parameters", model.layout.count)
        context.metric("vocabulary", vocabulary.count)
    }

    private static func vocabulary(
        _ shape: ModelShape, _ parameters: Parameters, _ context: StageContext
    ) throws -> TrainedVocabulary {
        var trainer = try BytePairTrainer(
            BytePairTrainer.Options(
                vocabularySize: parameters.vocabularySize, leadingTokens: shape.leadingTokens,
                trailingTokens: shape.trailingTokens, beginToken: shape.beginToken))
        let template = shape.template.before + shape.template.after + shape.template.labels
        var rows = 0
        for input in context.allInputs("rows") {
            let reader = try TableReader(input.path, batchRows: 4_096)
            while let batch = try reader.next() {
                let column = try batch.strings("text")
                var texts: [String] = []
                for row in 0..<batch.rowCount {
                    guard let text = column[row] else { continue }
                    texts.append(text)
                    texts += template.map { plain($0, shape) }
                }
                trainer.add(texts, threads: context.threads)
                rows += batch.rowCount
                context.progress(rows, of: nil)
            }
        }
        guard rows > 0 else { throw StageFailure("rows: there are no rows to train a tokenizer on") }
        context.metric("rows", rows)
        return trainer.train()
    }

    /// The text of a template without special tokens, which are never parts of words.
    private static func plain(_ text: String, _ shape: ModelShape) -> String {
        var text = text
        for token in shape.leadingTokens + shape.trailingTokens {
            text = text.replacing(text: token, with: " ")
        }
        return text
    }
}
