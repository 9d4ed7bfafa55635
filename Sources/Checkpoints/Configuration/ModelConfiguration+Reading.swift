public import Files
internal import JSON

extension ModelConfiguration {
    /// The maximum size of a `config.json`, in bytes.
    private static let maximumLength = 1 << 22

    /// The configuration of a checkpoint folder, from its `config.json`.
    ///
    /// - Throws: if there is none, or like `init(json:path:)`.
    public init(folder: FilePath) throws {
        let path = folder.appending("config.json")
        guard FileSystem.exists(path) else {
            throw CheckpointError(
                "there is no config.json; name the folder of a Hugging Face checkpoint", path: folder)
        }
        try self.init(json: FileContents.read(path, limit: Self.maximumLength), path: path)
    }

    /// Parses a `config.json` of Hugging Face's transformers: gemma2, llama, qwen2 or phi3, version 4 or 5.
    ///
    /// - Throws: `CheckpointError` for another architecture, an unsupported option, or an invalid number.
    public init(json: [UInt8], path: FilePath? = nil) throws(CheckpointError) {
        let record: ConfigurationRecord
        do {
            record = try JSONRecord.decode(ConfigurationRecord.self, from: json, limit: Self.maximumLength)
        } catch {
            throw CheckpointError("not a model's configuration: \(error)", path: path)
        }
        do {
            try self.init(record)
        } catch {
            throw CheckpointError(error.message, path: path)
        }
    }

    private init(_ record: ConfigurationRecord) throws(CheckpointError) {
        guard let family = Family(rawValue: record.model_type) else {
            let known = Family.allCases.map(\.rawValue).joined(separator: ", ")
            throw CheckpointError(
                "models of the type '\(record.model_type.prefix(100))' are not supported; \(known) are")
        }
        func size(_ name: String, _ value: Int?, atMost limit: Int = 1 << 24) throws(CheckpointError) -> Int {
            guard let value else { throw CheckpointError("'\(name)' is missing") }
            guard value > 0, value <= limit else {
                throw CheckpointError("'\(name)' is \(value), which is not within 1 … \(limit)")
            }
            return value
        }
        let hidden = try size("hidden_size", record.hidden_size)
        let heads = try size("num_attention_heads", record.num_attention_heads, atMost: 1 << 16)
        let layers = try size("num_hidden_layers", record.num_hidden_layers, atMost: 1 << 12)
        let keyHeads = try size("num_key_value_heads", record.num_key_value_heads ?? heads, atMost: heads)
        let head = try size(
            "head_dim", record.head_dim ?? (family == .gemma2 ? 256 : hidden / heads), atMost: 1 << 16)
        guard heads % keyHeads == 0, head % 2 == 0 else {
            throw CheckpointError(
                "\(heads) heads of width \(head) cannot share \(keyHeads) key and value heads")
        }
        try Self.rejectUnsupported(record, family)
        let window = try Self.slidingWindow(record, family, layers: layers)
        self.init(
            family: family, vocabularySize: try size("vocab_size", record.vocab_size), hiddenSize: hidden,
            feedForwardSize: try size("intermediate_size", record.intermediate_size), layerCount: layers,
            headCount: heads, keyValueHeadCount: keyHeads, headSize: head,
            maximumPositions: try size(
                "max_position_embeddings", record.max_position_embeddings ?? 8192, atMost: 1 << 30),
            normEpsilon: try Self.positive("rms_norm_eps", record.rms_norm_eps ?? 1e-6),
            activation: try Self.activation(record, family),
            rotaryBase: try Self.positive(
                "rope_theta", record.rope_parameters?.rope_theta ?? record.rope_theta ?? 10_000),
            rotaryScaling: try Self.rotaryScaling(record.rope_parameters ?? record.rope_scaling),
            attentionScale: family == .gemma2
                ? 1
                    / (try Self.positive("query_pre_attn_scalar", record.query_pre_attn_scalar ?? 256))
                    .squareRoot() : nil,
            attentionCap: family == .gemma2 ? record.attn_logit_softcapping : nil,
            logitCap: family == .gemma2 ? record.final_logit_softcapping : nil,
            slidingWindow: window.size, slidingLayers: window.layers, hasAttentionBias: family == .qwen2,
            tiesEmbeddings: record.tie_word_embeddings ?? (family == .gemma2),
            beginToken: record.bos_token_id?.all.first, endTokens: record.eos_token_id?.all ?? [])
    }

    private static func positive(_ name: String, _ value: Double) throws(CheckpointError) -> Double {
        guard value > 0, value.isFinite else { throw CheckpointError("'\(name)' is \(value), not positive") }
        return value
    }

    private static func activation(
        _ record: ConfigurationRecord, _ family: Family
    ) throws(CheckpointError) -> Activation {
        let name = record.hidden_activation ?? record.hidden_act
        switch (name, family) {
        case (nil, .gemma2), ("gelu_pytorch_tanh"?, _): return .gelu
        case (nil, _), ("silu"?, _): return .silu
        // Early Gemma files say "gelu" but mean its approximation, and transformers reads them that way.
        case ("gelu"?, .gemma2): return .gelu
        default:
            throw CheckpointError(
                "the activation '\(name?.prefix(50) ?? "")' is not supported; silu and gelu_pytorch_tanh are")
        }
    }

    private static func rejectUnsupported(
        _ record: ConfigurationRecord, _ family: Family
    ) throws(CheckpointError) {
        let partial = record.rope_parameters?.partial_rotary_factor ?? record.partial_rotary_factor ?? 1
        let refused: [(Bool, String)] = [
            (record.attention_bias == true, "biases of all attention projections ('attention_bias')"),
            (record.mlp_bias == true, "biases of the feed-forward layer ('mlp_bias')"),
            (partial != 1, "rotating only part of each head ('partial_rotary_factor')"),
            (record.use_bidirectional_attention == true, "bidirectional attention"),
            (
                record.quantization_config.map { $0.quant_method ?? "bitsandbytes" != "bitsandbytes" }
                    ?? false,
                "weights quantized by '\(record.quantization_config?.quant_method ?? "")'"
            ),
            (
                record.quantization_config?.bnb_4bit_quant_type.map { $0 != "nf4" } ?? false,
                "weights quantized to '\(record.quantization_config?.bnb_4bit_quant_type ?? "")'"
            ),
        ]
        if let (_, option) = refused.first(where: { $0.0 }) {
            throw CheckpointError("\(option) is not supported for \(family.rawValue)")
        }
    }

    private static func rotaryScaling(
        _ rotary: ConfigurationRecord.Rotary?
    ) throws(CheckpointError) -> RotaryScaling? {
        guard let rotary, let kind = rotary.rope_type ?? rotary.type, kind != "default" else { return nil }
        func number(_ name: String, _ value: Double?) throws(CheckpointError) -> Double {
            guard let value else { throw CheckpointError("'\(name)' of the rotary scaling is missing") }
            return try positive(name, value)
        }
        let factor = try number("factor", rotary.factor)
        switch kind {
        case "linear": return .linear(factor: factor)
        case "llama3":
            let low = try number("low_freq_factor", rotary.low_freq_factor)
            let high = try number("high_freq_factor", rotary.high_freq_factor)
            let positions = rotary.original_max_position_embeddings ?? 8192
            guard low < high, positions > 0 else {
                throw CheckpointError("the rotary scaling has invalid frequencies or positions")
            }
            return .llama3(
                factor: factor, lowFrequency: low, highFrequency: high, originalPositions: positions)
        default:
            throw CheckpointError(
                "rotary scaling of the type '\(kind.prefix(50))' is not supported; linear and llama3 are")
        }
    }

    private static func slidingWindow(
        _ record: ConfigurationRecord, _ family: Family, layers: Int
    ) throws(CheckpointError) -> (size: Int?, layers: [Bool]?) {
        let size: Int? =
            switch family {
            case .gemma2: record.sliding_window ?? 4096
            case .phi3: record.sliding_window
            case .qwen2: record.use_sliding_window == true ? record.sliding_window ?? 4096 : nil
            case .llama: nil
            }
        guard let size else { return (nil, nil) }
        guard size > 0 else { throw CheckpointError("'sliding_window' is \(size)") }
        if let types = record.layer_types {
            guard types.count == layers else {
                throw CheckpointError("'layer_types' has \(types.count) entries for \(layers) layers")
            }
            guard types.allSatisfy({ $0 == "sliding_attention" || $0 == "full_attention" }) else {
                throw CheckpointError("'layer_types' contains an unsupported kind of attention")
            }
            return (size, types.map { $0 == "sliding_attention" })
        }
        let firstSliding = record.max_window_layers ?? layers
        return (
            size,
            (0..<layers).map { layer in
                switch family {
                case .gemma2: layer.isMultiple(of: 2)
                case .qwen2: layer >= firstSliding
                case .phi3, .llama: true
                }
            }
        )
    }
}
