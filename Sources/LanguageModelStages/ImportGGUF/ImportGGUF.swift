import Checkpoints
import Files
import LanguageModels
package import StageKit
package import StageSchemas
import Tokenizers

/// Creates a checkpoint from a GGUF file.
package enum ImportGGUF: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("The element type of the weights; float32 keeps every bit.")
        var precision = ModelFolder.Precision.float32

        package init() {}
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "import-gguf",
        summary: "Creates a checkpoint from a GGUF file: weights, configuration and tokenizer.",
        discussion: """
            GGUF is llama.cpp's format: one file with everything. Supported architectures are gemma2, gemma3, llama \
            (which includes Mistral), phi3, qwen2 and qwen3, with tensors in F32, F16, BF16, Q8_0, Q4_0, Q5_0, Q4_K, \
            Q5_K and Q6_K. Weights are dequantized exactly as by the reference implementation; `precision: bfloat16` \
            halves the size by rounding them. The result can be quantized again with `quantize`, and fine-tuned.

            The result is a folder in Hugging Face's layout, as if it had been downloaded: `config.json`, \
            `model.safetensors`, `tokenizer_config.json`, `special_tokens_map.json`, and the tokenizer: a SentencePiece \
            `tokenizer.model`, or a `tokenizer.json` for byte-level BPE. Unused tensors, unsupported settings and damaged \
            files are errors. The file is memory-mapped and read one tensor at a time.
            """,
        inputs: [InputPort("file", "A GGUF file.")],
        outputs: [OutputPort("model", "model", isDirectory: true, "The checkpoint folder.")],
        parameters: Parameters.self)

    /// Imports the file.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let path = try context.input("file")
        guard try FileStatus(of: path).kind == .file else {
            throw StageFailure("file: it is a folder; name a GGUF file")
        }
        let file = try GGUFFile(path)
        let configuration = try ModelConfiguration(file)
        // The tokenizer comes first, so that its errors are reported before the weights are written.
        let tokenizer = try GGUFTokenizer(file, configuration)
        let output = try context.output("model")
        try FileSystem.makeDirectory(output)
        try tokenizer.write(to: output)
        try GGUFCheckpoint.write(
            from: file, configuration, to: output, type: parameters.precision.elementType
        ) { context.progress($0, of: $1, "tensors") }
        context.metric("parameters", file.header.entries.reduce(0) { $0 + $1.shape.reduce(1, *) })
        context.metric("vocabulary", tokenizer.vocabulary.tokens.count)
    }
}
