import Checkpoints
import Files
import LanguageModels
package import StageKit
package import StageSchemas

/// Creates a checkpoint with 4 bits per weight.
package enum Quantize: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("The format of the weights: NF4 with double quantization.")
        var format = Format.nf4

        package init() {}
    }

    enum Format: String, SettingChoice { case nf4 }

    /// The schema.
    package static let schema = StageSchema(
        name: "quantize",
        summary: "Creates a checkpoint with 4 bits per weight, a third of the size in half precision.",
        discussion: """
            The projections of attention and feed-forward layers become NF4 in blocks of 64 with double quantization \
            (Dettmers et al., 2023), bit by bit as in bitsandbytes, and in its layout for saved models. Embedding, \
            head, norms and biases are unchanged, and so are the tokenizer's files.

            The file is memory-mapped and read one tensor at a time, so memory use is that of one tensor. A model \
            with 9 billion weights, 18.5 GB in half precision, takes about 6.5 GB afterwards. This happens once: \
            later runs find it in the cache.
            """,
        inputs: [InputPort("model", "A checkpoint folder in Hugging Face's layout, not quantized.")],
        outputs: [OutputPort("model", "model", isDirectory: true, "The quantized checkpoint folder.")],
        parameters: Parameters.self)

    /// Quantizes the checkpoint.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let folder = try ModelFolder(context.input("model"))
        let output = try context.output("model")
        try FileSystem.makeDirectory(output)
        try QuantizedCheckpoint.write(from: folder.path, to: output, threads: context.threads) {
            context.progress($0, of: $1, "tensors")
        }
        try folder.copyCompanions(to: output)
        let bytes = try FileStatus(of: output.appending("model.safetensors")).size
        context.metric("megabytes", (Double(bytes) / 1e5).rounded() / 10)
    }
}
