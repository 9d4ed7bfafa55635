public import Checkpoints
public import Tensors

/// A decoder's numbers, by what they are for.
public struct DecoderWeights: Sendable {
    /// A linear layer.
    public struct Linear: Sendable {
        /// Which one it is.
        public let projection: Projection
        /// Its matrix, outputs by inputs.
        public let weight: WeightMatrix
        /// What is added to its outputs.
        public let bias: [Float]?
    }

    /// A layer.
    public struct Layer: Sendable {
        /// Before the attention.
        let attentionNorm: [Float]
        /// On the attention's output, in Gemma.
        let attentionOutputNorm: [Float]?
        /// Before the feed-forward layer.
        let feedForwardNorm: [Float]
        /// On its output, in Gemma.
        let feedForwardOutputNorm: [Float]?
        /// Queries, keys and values, one behind the other.
        let attentionInputs: [Linear]
        /// What brings the heads back together.
        public let attentionOutput: Linear
        /// The gate and what it gates, one behind the other.
        let feedForwardInputs: [Linear]
        /// What brings the feed-forward layer back to the stream.
        public let down: Linear
    }

    /// A row per token.
    public let embedding: WeightMatrix
    /// The layers.
    public let layers: [Layer]
    /// Before the head.
    let finalNorm: [Float]
    /// A row per token; where embeddings are tied, `embedding`.
    public let head: WeightMatrix

    /// Weights of a checkpoint.
    ///
    /// - Parameter load: the tensor of a name among `TensorSpecification.all(of:)`; a vector is a matrix of one row.
    /// - Throws: what `load` throws, and `LanguageModelError` where a tensor has another shape.
    public init(
        _ configuration: ModelConfiguration, load: (TensorSpecification) throws -> WeightMatrix
    ) throws {
        var tensors: [String: WeightMatrix] = [:]
        for specification in TensorSpecification.all(of: configuration) {
            let tensor = try load(specification)
            guard tensor.rowCount == specification.rowCount,
                tensor.columnCount == specification.columnCount
            else {
                throw LanguageModelError(
                    "tensor '\(specification.name)' has \(tensor.rowCount) by \(tensor.columnCount) numbers, "
                        + "but its configuration says \(specification.rowCount) by \(specification.columnCount)"
                )
            }
            tensors[specification.name] = tensor
        }
        func tensor(_ name: String) -> WeightMatrix {
            guard let tensor = tensors[name] else { preconditionFailure("'\(name)' is specified") }
            return tensor
        }
        embedding = tensor("model.embed_tokens.weight")
        finalNorm = tensor("model.norm.weight").floats
        head = configuration.tiesEmbeddings ? embedding : tensor("lm_head.weight")
        layers = (0..<configuration.layerCount).map { index in
            let prefix = "model.layers.\(index)."
            func linear(_ projection: Projection) -> Linear {
                let name = prefix + projection.module
                return Linear(
                    projection: projection, weight: tensor(name + ".weight"),
                    bias: tensors[name + ".bias"]?.floats)
            }
            let norms = configuration.layerNorms.map { tensor(prefix + $0 + ".weight").floats }
            return Layer(
                attentionNorm: norms[0], attentionOutputNorm: norms.count == 4 ? norms[1] : nil,
                feedForwardNorm: norms[norms.count == 4 ? 2 : 1],
                feedForwardOutputNorm: norms.count == 4 ? norms[3] : nil,
                attentionInputs: configuration.attentionInputs.map(linear),
                attentionOutput: linear(.attentionOutput),
                feedForwardInputs: configuration.feedForwardInputs.map(linear), down: linear(.down))
        }
    }
}
