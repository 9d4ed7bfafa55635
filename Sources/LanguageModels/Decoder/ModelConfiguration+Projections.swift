public import Checkpoints

extension ModelConfiguration {
    /// The projections whose concatenated outputs are queries, keys and values.
    var attentionInputs: [Projection] {
        family == .phi3 ? [.queryKeyValue] : [.query, .key, .value]
    }

    /// The projections whose concatenated outputs are the feed-forward layer's gates and gated values.
    var feedForwardInputs: [Projection] { family == .phi3 ? [.gateUp] : [.gate, .up] }

    /// All projections of a layer, in the order in which they are applied.
    public var projections: [Projection] {
        attentionInputs + [.attentionOutput] + feedForwardInputs + [.down]
    }

    /// The number of rows and columns of a projection's matrix: outputs and inputs.
    public func shape(of projection: Projection) -> [Int] {
        let queries = headCount * headSize
        let keys = keyValueHeadCount * headSize
        return switch projection {
        case .query: [queries, hiddenSize]
        case .key, .value: [keys, hiddenSize]
        case .queryKeyValue: [queries + 2 * keys, hiddenSize]
        case .attentionOutput: [hiddenSize, queries]
        case .gate, .up: [feedForwardSize, hiddenSize]
        case .gateUp: [2 * feedForwardSize, hiddenSize]
        case .down: [hiddenSize, feedForwardSize]
        }
    }

    /// The names of the norms of queries and keys in a layer, in families that have them.
    static let queryNorm = "self_attn.q_norm"
    static let keyNorm = "self_attn.k_norm"

    /// The names of a layer's norms of the stream, in the order in which they are applied.
    var layerNorms: [String] {
        family.isGemma
            ? [
                "input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm",
                "post_feedforward_layernorm",
            ]
            : ["input_layernorm", "post_attention_layernorm"]
    }
}
