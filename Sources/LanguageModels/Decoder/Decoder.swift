public import Checkpoints
public import Tensors

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

    /// The loss of a batch's targets, and its gradient with respect to the parameters.
    ///
    /// - Parameters:
    ///   - batch: the sequences.
    ///   - targets: what should come out where.
    ///   - parameters: the trainable numbers, a vector of `layout`.
    ///   - gradients: a vector of `layout`, to which the gradient of the weighted sum of losses is added.
    ///   - dropout: which inputs of the adapters are dropped; nil drops none.
    /// - Throws: `LanguageModelError` where a token, a position or a class does not exist, or a sequence is too long.
    public func lossAndGradients(
        _ batch: SequenceBatch, targets: [Target], parameters: ParameterVector,
        addingTo gradients: inout ParameterVector, dropout: DropoutStep? = nil
    ) throws -> LossReport {
        throw LanguageModelError("decoders do not train yet")
    }

    /// The loss of a batch's targets, without dropout.
    ///
    /// - Throws: as `lossAndGradients`.
    public func loss(_ batch: SequenceBatch, targets: [Target], parameters: ParameterVector) throws
        -> LossReport
    {
        throw LanguageModelError("decoders do not run yet")
    }

    /// The logits of the next token, after the final soft cap, at some positions.
    ///
    /// - Parameters:
    ///   - batch: the sequences.
    ///   - positions: positions of the batch; `batch.lastPositions` for what follows each sequence.
    ///   - tokens: the tokens whose logits are wanted; nil for the whole vocabulary.
    ///   - parameters: the adapters' numbers; nil for the model without them.
    /// - Returns: a row per position, a column per token.
    /// - Throws: as `lossAndGradients`.
    public func logits(
        _ batch: SequenceBatch, at positions: [Int], tokens: [Int]? = nil,
        parameters: ParameterVector? = nil
    ) throws -> Matrix {
        throw LanguageModelError("decoders do not run yet")
    }

    /// The logits of the classes of the adapter's head, at the last position of each sequence.
    ///
    /// - Returns: a row per sequence, a column per class.
    /// - Throws: as `lossAndGradients`, and where the adapter has no such head.
    public func classLogits(_ batch: SequenceBatch, parameters: ParameterVector) throws -> Matrix {
        throw LanguageModelError("decoders do not run yet")
    }
}
