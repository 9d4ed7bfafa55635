public import Checkpoints
public import Tensors

/// A decoder: the forward and backward passes of a model that is frozen, with or without adapters, or trained as a
/// whole.
///
/// It does not contain the trainable parameters: they are passed to each call as a vector of `layout`, so that a
/// trainer can store, update and perturb them freely.
public struct Decoder: Sendable {
    /// The model's architecture.
    public let configuration: ModelConfiguration
    /// The adapters, if it has any.
    public let adapter: AdapterConfiguration?
    /// What is trained. Names are those in the file that the parameters are saved to: PEFT's for adapters
    /// (`base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`), the checkpoint's for a whole model.
    public let layout: ParameterLayout
    /// The number of threads. Results do not depend on it.
    public let threads: Int
    /// What the factors of products with the model's weights are rounded to on the processor.
    public var products = ProcessorOperations.ProductPrecision.float32
    /// The memory for activations kept for backward passes, in bytes, if not what the backend allows; for layers that do
    /// not fit, the forward pass is recomputed. Results do not depend on it.
    var activationBytes: Int?
    /// The backend; nil for the processor.
    let operations: (any FusedOperations)?
    /// The frozen weights; nil if the whole model is trained.
    let weights: DecoderWeights?

    /// A frozen model, with or without adapters.
    ///
    /// - Parameters:
    ///   - weights: the weights, loaded for the same backend.
    ///   - operations: the backend that computes; nil for the processor.
    /// - Throws: `LanguageModelError` if the adapter names a projection that the model lacks, or has an invalid rank.
    public init(
        _ configuration: ModelConfiguration, weights: DecoderWeights, adapter: AdapterConfiguration? = nil,
        threads: Int = 1, on operations: (any FusedOperations)? = nil
    ) throws {
        self.operations = operations
        self.configuration = configuration
        self.adapter = adapter
        self.weights = weights
        self.threads = max(threads, 1)
        layout = try adapter.map { try $0.layout(for: configuration) } ?? ParameterLayout()
    }

    /// A model whose parameters are all trained; `layout` names them as in a checkpoint.
    public init(training configuration: ModelConfiguration, threads: Int = 1) {
        self.configuration = configuration
        operations = nil
        adapter = nil
        weights = nil
        self.threads = max(threads, 1)
        var layout = ParameterLayout()
        for tensor in TensorSpecification.all(of: configuration) { layout.append(tensor.name, tensor.shape) }
        self.layout = layout
    }

    /// The backend of a call.
    ///
    /// - Throws: `TensorsError` if a library is missing.
    func backend() throws -> any FusedOperations {
        if let operations { return operations }
        return try ProcessorOperations(threads: threads, products: products)
    }
}
