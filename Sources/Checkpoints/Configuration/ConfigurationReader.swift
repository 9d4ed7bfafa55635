/// Builds a configuration from the members of a `config.json`, as the family's class in transformers does.
struct ConfigurationReader {
    typealias Member = ConfigurationRecord.Member
    typealias Family = ModelConfiguration.Family

    let record: ConfigurationRecord
    let family: Family
    private let defaults: FamilyDefaults

    init(record: ConfigurationRecord, family: Family) {
        self.record = record
        self.family = family
        defaults = .of(family)
    }

    func configuration() throws(CheckpointError) -> ModelConfiguration {
        try rejectUnsupported()
        let hidden = try size("hidden_size", record.hidden_size, defaults.hiddenSize)
        let heads = try size(
            "num_attention_heads", record.num_attention_heads, defaults.headCount, atMost: 1 << 16)
        let layers = try size(
            "num_hidden_layers", record.num_hidden_layers, defaults.layerCount, atMost: 1 << 12)
        let keyHeads = try keyValueHeads(heads)
        let head = try headSize(hidden, heads)
        guard heads % keyHeads == 0, head % 2 == 0 else {
            throw CheckpointError(
                "\(heads) heads of width \(head) cannot share \(keyHeads) key and value heads")
        }
        let maximumPositions = try size(
            "max_position_embeddings", record.max_position_embeddings, defaults.maximumPositions,
            atMost: 1 << 30)
        let rotary = try RotaryReader(record: record, family: family, defaults: defaults)
        let window = try WindowReader(record: record, family: family, layers: layers, defaults: defaults)
        return ModelConfiguration(
            family: family,
            vocabularySize: try size("vocab_size", record.vocab_size, defaults.vocabularySize),
            hiddenSize: hidden,
            feedForwardSize: try size(
                "intermediate_size", record.intermediate_size, defaults.feedForwardSize),
            layerCount: layers, headCount: heads, keyValueHeadCount: keyHeads, headSize: head,
            maximumPositions: maximumPositions,
            normEpsilon: try positive(
                "rms_norm_eps", required("rms_norm_eps", record.rms_norm_eps, defaults.normEpsilon)),
            activation: try activation(), rotaryBase: rotary.base, rotaryScaling: rotary.scaling,
            slidingRotaryBase: rotary.slidingBase, attentionScale: try attentionScale(),
            attentionCap: try cap(
                "attn_logit_softcapping", record.attn_logit_softcapping, defaults.attentionCap),
            logitCap: try cap(
                "final_logit_softcapping", record.final_logit_softcapping, defaults.logitCap),
            slidingWindow: window.size, slidingLayers: window.layers, hasAttentionBias: family == .qwen2,
            tiesEmbeddings: try required(
                "tie_word_embeddings", record.tie_word_embeddings, defaults.tiesEmbeddings),
            beginToken: tokens(record.bos_token_id, defaults.beginToken.map { [$0] } ?? []).first,
            endTokens: tokens(record.eos_token_id, defaults.endTokens))
    }

    private func size(
        _ name: String, _ member: Member<Int>, _ fallback: Int, atMost limit: Int = 1 << 24
    ) throws(CheckpointError) -> Int {
        try bounded(name, required(name, member, fallback), atMost: limit)
    }

    private func bounded(_ name: String, _ value: Int, atMost limit: Int) throws(CheckpointError) -> Int {
        guard value > 0, value <= limit else {
            throw CheckpointError("'\(name)' is \(value), which is not within 1 … \(limit)")
        }
        return value
    }

    private func keyValueHeads(_ heads: Int) throws(CheckpointError) -> Int {
        let name = "num_key_value_heads"
        if family.isGemma || family == .mistral, case .null = record.num_key_value_heads {
            throw CheckpointError("'\(name)' is null; set it to the number of key and value heads")
        }
        return try bounded(
            name, record.num_key_value_heads.value(orIfAbsent: defaults.keyValueHeadCount) ?? heads,
            atMost: heads)
    }

    private func headSize(_ hidden: Int, _ heads: Int) throws(CheckpointError) -> Int {
        if family != .llama, family != .mistral, case .null = record.head_dim {
            throw CheckpointError("'head_dim' is null; set it to the width of a head")
        }
        return try bounded(
            "head_dim", record.head_dim.value(orIfAbsent: defaults.headSize) ?? hidden / heads,
            atMost: 1 << 16)
    }

    /// Nil for families that derive it from the width of a head.
    private func attentionScale() throws(CheckpointError) -> Double? {
        guard let scalar = defaults.queryScalar else { return nil }
        let name = "query_pre_attn_scalar"
        return 1 / (try positive(name, required(name, record.query_pre_attn_scalar, scalar))).squareRoot()
    }

    /// Only Gemma has caps; other families' classes ignore them.
    private func cap(
        _ name: String, _ member: Member<Double>, _ fallback: Double?
    ) throws(CheckpointError) -> Double? {
        guard family.isGemma, let value = member.value(orIfAbsent: fallback) else { return nil }
        return try positive(name, value)
    }

    private func activation() throws(CheckpointError) -> ModelConfiguration.Activation {
        // Gemma's classes read one name, the others' the other.
        let (key, member) =
            family.isGemma
            ? ("hidden_activation", record.hidden_activation) : ("hidden_act", record.hidden_act)
        let name = try required(key, member, defaults.activation)
        switch name {
        case "silu", "swish": return .silu
        case "gelu_pytorch_tanh", "gelu_new", "gelu_fast": return .gelu
        default:
            let reason = name == "gelu" ? " (it is the exact GELU, not the approximation by tanh)" : ""
            throw CheckpointError(
                "the activation '\(name.prefix(50))' of '\(key)' is not supported\(reason); "
                    + "silu and gelu_pytorch_tanh are")
        }
    }

    private func tokens(_ member: Member<ConfigurationRecord.Tokens>, _ fallback: [Int]) -> [Int] {
        switch member {
        case .absent: fallback
        case .null: []
        case .value(let tokens): tokens.all
        }
    }

    private func rejectUnsupported() throws(CheckpointError) {
        let hasBiasOption = family == .llama || family == .qwen3 || family.isGemma
        let method = record.quantization_config.map { $0.quant_method ?? "bitsandbytes" } ?? "bitsandbytes"
        let type = record.quantization_config?.bnb_4bit_quant_type ?? "nf4"
        // Members that a family's class ignores have no effect, null or not.
        let hasAttentionBias =
            try hasBiasOption ? required("attention_bias", record.attention_bias, false) : false
        let hasFeedForwardBias = try family == .llama ? required("mlp_bias", record.mlp_bias, false) : false
        let share = record.partial_rotary_factor
        let rotaryShare =
            try family == .phi3 ? required("partial_rotary_factor", share, 1) : share.value ?? 1
        let refused: [(Bool, String)] = [
            (
                hasAttentionBias,
                "biases of all attention projections ('attention_bias')"
            ),
            (
                hasFeedForwardBias,
                "biases of the feed-forward layer ('mlp_bias')"
            ),
            (rotaryShare != 1, "rotating a part of each head ('partial_rotary_factor')"),
            (
                family.isGemma && record.use_bidirectional_attention == true,
                "bidirectional attention ('use_bidirectional_attention')"
            ),
            (method != "bitsandbytes", "weights quantized by '\(method.prefix(50))'"),
            (type != "nf4", "weights quantized to '\(type.prefix(50))'"),
            (record.quantization_config?.load_in_8bit == true, "weights of 8 bits ('load_in_8bit')"),
        ]
        if let (_, option) = refused.first(where: { $0.0 }) {
            throw CheckpointError("\(option): not supported for \(family.rawValue)")
        }
    }
}

/// The value of a member, or its default if it is absent.
///
/// - Throws: if it is null, which transformers does not support for most members.
func required<Value>(
    _ name: String, _ member: ConfigurationRecord.Member<Value>, _ fallback: Value
) throws(CheckpointError) -> Value {
    switch member {
    case .absent: return fallback
    case .null: throw CheckpointError("'\(name)' is null; give it a value, or remove it")
    case .value(let value): return value
    }
}

/// A number that must be positive.
func positive(_ name: String, _ value: Double) throws(CheckpointError) -> Double {
    guard value > 0, value.isFinite else { throw CheckpointError("'\(name)' is \(value)") }
    return value
}
