public import Checkpoints

/// A tensor in a checkpoint: its name, shape and role.
public struct TensorSpecification: Sendable, Hashable {
    /// The role of a tensor; only projections are quantized in a quantized checkpoint.
    public enum Role: Sendable, Hashable {
        case embedding, norm, bias, projection, head
    }

    /// Its name in the checkpoint.
    public let name: String
    /// One or two dimensions, outermost first.
    public let shape: [Int]
    /// Its role.
    public let role: Role

    /// The number of rows as a matrix; a vector is one row.
    public var rowCount: Int { shape.count == 1 ? 1 : shape[0] }
    /// The number of columns.
    public var columnCount: Int { shape[shape.count - 1] }

    static let embeddingName = "model.embed_tokens.weight"
    static let headName = "lm_head.weight"

    /// The tensors that a model's checkpoint must contain, in the order in which Hugging Face writes them.
    public static func all(of configuration: ModelConfiguration) -> [TensorSpecification] {
        let hidden = configuration.hiddenSize
        var tensors = [
            TensorSpecification(
                name: embeddingName, shape: [configuration.vocabularySize, hidden],
                role: .embedding)
        ]
        for layer in 0..<configuration.layerCount { tensors += self.layer(layer, of: configuration) }
        tensors.append(TensorSpecification(name: "model.norm.weight", shape: [hidden], role: .norm))
        if !configuration.tiesEmbeddings {
            tensors.append(
                TensorSpecification(
                    name: headName, shape: [configuration.vocabularySize, hidden], role: .head))
        }
        return tensors
    }

    /// The tensors of one layer.
    static func layer(_ layer: Int, of configuration: ModelConfiguration) -> [TensorSpecification] {
        let prefix = "model.layers.\(layer)."
        var tensors: [TensorSpecification] = []
        for projection in configuration.attentionInputs + [.attentionOutput] {
            let name = prefix + projection.module
            let shape = configuration.shape(of: projection)
            tensors.append(TensorSpecification(name: name + ".weight", shape: shape, role: .projection))
            if configuration.hasAttentionBias && projection != .attentionOutput {
                tensors.append(TensorSpecification(name: name + ".bias", shape: [shape[0]], role: .bias))
            }
        }
        if configuration.family.hasHeadNorms {
            for norm in [ModelConfiguration.queryNorm, ModelConfiguration.keyNorm] {
                tensors.append(
                    TensorSpecification(
                        name: prefix + norm + ".weight", shape: [configuration.headSize], role: .norm))
            }
        }
        for projection in configuration.feedForwardInputs + [.down] {
            tensors.append(
                TensorSpecification(
                    name: prefix + projection.module + ".weight",
                    shape: configuration.shape(of: projection), role: .projection))
        }
        for norm in configuration.layerNorms {
            tensors.append(
                TensorSpecification(
                    name: prefix + norm + ".weight", shape: [configuration.hiddenSize], role: .norm))
        }
        return tensors
    }
}
