public import Checkpoints

extension ModelConfiguration {
    /// The configuration of a GGUF file's model.
    ///
    /// - Throws: `CheckpointError` for an unsupported architecture or setting, or an invalid number.
    public init(_ file: GGUFFile) throws(CheckpointError) {
        let metadata = try GGUFMetadata(file)
        let families: [String: Family] = [
            "gemma2": .gemma2, "gemma3": .gemma3, "llama": .llama, "phi3": .phi3, "qwen2": .qwen2,
            "qwen3": .qwen3,
        ]
        guard let family = families[metadata.architecture] else {
            throw metadata.failure(
                "models of the architecture '\(metadata.architecture)' are not supported; "
                    + "\(families.keys.sorted().joined(separator: ", ")) are")
        }
        try Self.checkWholeModel(metadata)
        let hidden = try metadata.size("embedding_length")
        let layers = try metadata.size("block_count", atMost: 1 << 12)
        let heads = try metadata.size("attention.head_count", atMost: 1 << 16)
        let keyHeads = try metadata.size("attention.head_count_kv", atMost: heads, default: heads)
        let head = try metadata.size("attention.key_length", atMost: 1 << 16, default: hidden / heads)
        guard heads % keyHeads == 0, head % 2 == 0 else {
            throw metadata.failure(
                "\(heads) heads of width \(head) cannot share \(keyHeads) key and value heads")
        }
        for name in ["attention.value_length", "rope.dimension_count"] {
            guard try metadata.integer(name) ?? head == head else {
                throw metadata.failure(
                    "'\(metadata.architecture).\(name)' is not the width of a head, \(head)")
            }
        }
        guard let embedding = file.entry("token_embd.weight"), embedding.shape.count == 2 else {
            throw metadata.failure("it lacks the matrix 'token_embd.weight'")
        }
        guard embedding.shape[0] <= 1 << 24 else { throw metadata.failure("it has too many tokens") }
        let isGemma = family.isGemma
        let window = try Self.window(metadata, family, layers)
        var end: [Int] = []
        for name in ["eos", "eot", "eom"] {
            if let token = try metadata.token("tokenizer.ggml.\(name)_token_id"), !end.contains(token) {
                end.append(token)
            }
        }
        let slidingBase = try metadata.number("rope.freq_base_swa") ?? 10_000
        let attentionCap = try metadata.number("attn_logit_softcapping") ?? 50
        let logitCap = try metadata.number("final_logit_softcapping") ?? (family == .gemma2 ? 30 : nil)
        self.init(
            family: family, vocabularySize: embedding.shape[0], hiddenSize: hidden,
            feedForwardSize: try metadata.size("feed_forward_length"), layerCount: layers, headCount: heads,
            keyValueHeadCount: keyHeads, headSize: head,
            maximumPositions: try metadata.size("context_length", atMost: 1 << 30),
            normEpsilon: try metadata.number("attention.layer_norm_rms_epsilon") ?? 1e-6,
            activation: isGemma ? .gelu : .silu,
            rotaryBase: try metadata.number("rope.freq_base") ?? 10_000,
            rotaryScaling: try Self.scaling(metadata, headSize: head),
            slidingRotaryBase: family == .gemma3 ? slidingBase : nil,
            attentionScale: isGemma ? Self.gemmaScale(family, layers, hidden, heads, head) : nil,
            attentionCap: family == .gemma2 ? attentionCap : nil, logitCap: isGemma ? logitCap : nil,
            slidingWindow: window.size, slidingLayers: window.layers, hasAttentionBias: family == .qwen2,
            tiesEmbeddings: file.entry("output.weight") == nil,
            beginToken: try metadata.token("tokenizer.ggml.bos_token_id"),
            endTokens: end)
    }

    private static func checkWholeModel(_ metadata: GGUFMetadata) throws(CheckpointError) {
        let values = metadata.file.header.values
        if case .text(let type)? = values["general.type"], type != Array("model".utf8) {
            throw metadata.failure(
                "it is not a model, but has the type '\(String(decoding: type.prefix(50), as: UTF8.self))'")
        }
        if case .integer(let count)? = values["split.count"], count > 1 {
            throw metadata.failure(
                "it is one of a model's \(count) files; merge them first, with 'llama-gguf-split --merge'"
            )
        }
        if try metadata.integer("expert_count") ?? 0 > 0 {
            throw metadata.failure("a mixture of experts ('expert_count') is not supported")
        }
    }

    /// Which layers have a sliding window. If the file has no pattern, it is the one that llama.cpp assumes.
    private static func window(
        _ metadata: GGUFMetadata, _ family: Family, _ layers: Int
    ) throws(CheckpointError) -> (size: Int?, layers: [Bool]) {
        let none = (size: Int?.none, layers: Array(repeating: false, count: layers))
        if family == .gemma3 && !metadata.has("attention.sliding_window") {
            throw metadata.failure("it lacks '\(metadata.architecture).attention.sliding_window'")
        }
        // Early files of Gemma 2 leave it out.
        let size = try metadata.integer("attention.sliding_window") ?? (family == .gemma2 ? 4_096 : 0)
        switch family {
        case .gemma2, .gemma3:
            guard size > 0 else { throw metadata.failure("its sliding window is \(size)") }
            let pattern =
                try metadata.integer("attention.sliding_window_pattern") ?? (family == .gemma2 ? 2 : 6)
            guard pattern > 0 else { throw metadata.failure("its pattern of sliding windows is \(pattern)") }
            return (size, (0..<layers).map { ($0 + 1) % pattern != 0 })
        case .phi3:
            return size > 0 ? (size, Array(repeating: true, count: layers)) : none
        case .llama, .mistral, .qwen2, .qwen3:
            guard size <= 0 else {
                throw metadata.failure("a sliding window is not supported for \(family.rawValue)")
            }
            return none
        }
    }

    /// For Gemma: the scale that follows from the width of a head, except in the models with 27 billion parameters.
    private static func gemmaScale(
        _ family: Family, _ layers: Int, _ hidden: Int, _ heads: Int, _ head: Int
    ) -> Double {
        let isLargest = layers == (family == .gemma2 ? 46 : 62)
        return 1 / Double(isLargest ? hidden / heads : head).squareRoot()
    }

    private static func scaling(
        _ metadata: GGUFMetadata, headSize: Int
    ) throws(CheckpointError) -> RotaryScaling? {
        for name in ["rope_factors_long.weight", "rope_factors_short.weight"]
        where metadata.file.entry(name) != nil {
            throw metadata.failure("rotary scaling by '\(name)' is not supported")
        }
        if let entry = metadata.file.entry(GGUFCheckpoint.rotaryFactors) {
            return try llama3(metadata, metadata.file.floats(of: entry), headSize)
        }
        switch try metadata.text("rope.scaling.type") {
        case nil, "none"?:
            return try metadata.number("rope.scale_linear").flatMap { $0 == 1 ? nil : .linear(factor: $0) }
        case "linear"?:
            guard let factor = try metadata.number("rope.scaling.factor") else {
                throw metadata.failure("it lacks '\(metadata.architecture).rope.scaling.factor'")
            }
            return .linear(factor: factor)
        case let kind?: throw metadata.failure("rotary scaling of the type '\(kind)' is not supported")
        }
    }

    /// The scaling of Llama 3.1 and 3.2, of which the file has only the result: a divisor for each frequency.
    private static func llama3(
        _ metadata: GGUFMetadata, _ divisors: [Float], _ headSize: Int
    ) throws(CheckpointError) -> RotaryScaling {
        let base = try metadata.number("rope.freq_base") ?? 10_000
        for factor in [8.0, 32.0, 16.0, 4.0, 2.0] {
            let scaling = RotaryScaling.llama3(
                factor: factor, lowFrequency: 1, highFrequency: 4, originalPositions: 8_192)
            var plain = ModelConfiguration(
                family: .llama, vocabularySize: 1, hiddenSize: headSize, feedForwardSize: 1, layerCount: 1,
                headCount: 1, keyValueHeadCount: 1, headSize: headSize, rotaryBase: base)
            let own = plain.rotaryFrequencies(isSliding: false)
            plain.rotaryScaling = scaling
            let scaled = plain.rotaryFrequencies(isSliding: false)
            let fits =
                divisors.count == own.count
                && zip(divisors, zip(own, scaled)).allSatisfy { abs($0 - $1.0 / $1.1) <= 1e-4 * $0 }
            if fits { return scaling }
        }
        throw metadata.failure(
            "'\(GGUFCheckpoint.rotaryFactors)' is not Llama 3's scaling; others are not supported")
    }
}
