public import Checkpoints
public import Tensors

/// A decoder's weights, by role.
public struct DecoderWeights: Sendable {
    /// A linear layer.
    public struct Linear: Sendable {
        /// Its name.
        public let projection: Projection
        /// Its matrix, outputs by inputs.
        public let weight: WeightMatrix
        /// Its bias.
        public let bias: [Float]?
    }

    /// A layer.
    public struct Layer: Sendable {
        /// The norm before the attention.
        let attentionNorm: [Float]
        /// The norms on each head of the queries and of the keys, in Gemma 3 and Qwen 3.
        let queryNorm: [Float]?
        let keyNorm: [Float]?
        /// The norm on the attention's output, in Gemma.
        let attentionOutputNorm: [Float]?
        /// The norm before the feed-forward layer.
        let feedForwardNorm: [Float]
        /// The norm on its output, in Gemma.
        let feedForwardOutputNorm: [Float]?
        /// Queries, keys and values, concatenated.
        let attentionInputs: [Linear]
        /// The output projection of the heads.
        public let attentionOutput: Linear
        /// The gate and up projections, concatenated.
        let feedForwardInputs: [Linear]
        /// The projection from the feed-forward layer back to the residual stream.
        let down: Linear
    }

    /// A row per token.
    public let embedding: WeightMatrix
    /// The layers.
    public let layers: [Layer]
    /// The norm before the head.
    let finalNorm: [Float]
    /// A row per token; if embeddings are tied, this is `embedding`.
    public let head: WeightMatrix

    /// Weights from a checkpoint.
    ///
    /// - Parameter load: returns the tensor with a name among `TensorSpecification.all(of:)`; a vector is a matrix with
    ///   one row.
    /// - Throws: what `load` throws, and `LanguageModelError` if a tensor has another shape.
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
                    "tensor '\(specification.name)' has the shape \(tensor.rowCount) by \(tensor.columnCount), "
                        + "but its configuration says \(specification.rowCount) by \(specification.columnCount)"
                )
            }
            tensors[specification.name] = tensor
        }
        func tensor(_ name: String) -> WeightMatrix {
            guard let tensor = tensors[name] else { preconditionFailure("'\(name)' is specified") }
            return tensor
        }
        embedding = tensor(TensorSpecification.embeddingName)
        finalNorm = tensor("model.norm.weight").floats
        head = configuration.tiesEmbeddings ? embedding : tensor(TensorSpecification.headName)
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
                attentionNorm: norms[0],
                queryNorm: tensors[prefix + ModelConfiguration.queryNorm + ".weight"]?.floats,
                keyNorm: tensors[prefix + ModelConfiguration.keyNorm + ".weight"]?.floats,
                attentionOutputNorm: norms.count == 4 ? norms[1] : nil,
                feedForwardNorm: norms[norms.count == 4 ? 2 : 1],
                feedForwardOutputNorm: norms.count == 4 ? norms[3] : nil,
                attentionInputs: configuration.attentionInputs.map(linear),
                attentionOutput: linear(.attentionOutput),
                feedForwardInputs: configuration.feedForwardInputs.map(linear), down: linear(.down))
        }
    }
}
