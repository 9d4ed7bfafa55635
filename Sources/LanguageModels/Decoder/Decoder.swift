public import Checkpoints
internal import Tensors

/// A decoder: the forward and backward passes of a model, frozen with adapters beside it, or trained as a whole.
///
/// The trainable numbers are not in it: they come with each call, as a vector of `layout`, so that a trainer can keep, move
/// and perturb them as it likes.
public struct Decoder: Sendable {
    /// The model's shape.
    public let configuration: ModelConfiguration
    /// The adapters, if it has any.
    public let adapter: AdapterConfiguration?
    /// What is trained. Names are those of the file that the numbers are saved to: PEFT's for adapters
    /// (`base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`), the checkpoint's for a whole model.
    public let layout: ParameterLayout
    /// How many threads it uses. Results do not depend on it.
    public let threads: Int
    /// How much memory backward passes may take for what forward passes leave them, in bytes; of layers for which there is no
    /// room, the forward pass runs twice. Results do not depend on it.
    var activationBytes = 2 << 30
    /// The frozen weights; none where the whole model is trained.
    let weights: DecoderWeights?

    /// A frozen model, with or without adapters.
    ///
    /// - Throws: `LanguageModelError` where the adapter names a projection that the model lacks, or has no sensible rank.
    public init(
        _ configuration: ModelConfiguration, weights: DecoderWeights, adapter: AdapterConfiguration? = nil,
        threads: Int = 1
    ) throws {
        self.configuration = configuration
        self.adapter = adapter
        self.weights = weights
        self.threads = max(threads, 1)
        layout = try adapter.map { try $0.layout(for: configuration) } ?? ParameterLayout()
    }

    /// A model whose every number is trained; `layout` names them as a checkpoint does.
    public init(training configuration: ModelConfiguration, threads: Int = 1) {
        self.configuration = configuration
        adapter = nil
        weights = nil
        self.threads = max(threads, 1)
        var layout = ParameterLayout()
        for tensor in TensorSpecification.all(of: configuration) { layout.append(tensor.name, tensor.shape) }
        self.layout = layout
    }
}
