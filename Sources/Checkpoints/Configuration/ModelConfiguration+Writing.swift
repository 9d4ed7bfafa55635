internal import JSON

extension ModelConfiguration {
    /// The `config.json` for transformers; equal configurations give equal bytes.
    ///
    /// - Parameters:
    ///   - type: the type of the checkpoint's tensors.
    ///   - isQuantized: whether the projections are NF4 with double quantization, in bitsandbytes' layout.
    ///   - classCount: the number of classes of its head, if it is a classifier.
    public func json(type: ElementType, isQuantized: Bool = false, classCount: Int? = nil) -> [UInt8] {
        typealias Write = (inout JSONWriter) -> Void
        func text(_ value: String) -> Write { { $0.string(value) } }
        func integer(_ value: Int?) -> Write { { if let value { $0.integer(value) } else { $0.null() } } }
        func decimal(_ value: Double?) -> Write { { if let value { $0.number(value) } else { $0.null() } } }
        func flag(_ value: Bool) -> Write { { $0.boolean(value) } }
        let activation = activation == .gelu ? "gelu_pytorch_tanh" : "silu"
        var members: [(name: String, write: Write)] = [
            ("architectures", { $0.list([architecture(classCount: classCount)]) { $0.string($1) } }),
            ("model_type", text(family.rawValue)), ("torch_dtype", text(Self.name(of: type))),
            ("vocab_size", integer(vocabularySize)), ("hidden_size", integer(hiddenSize)),
            ("intermediate_size", integer(feedForwardSize)), ("num_hidden_layers", integer(layerCount)),
            ("num_attention_heads", integer(headCount)), ("num_key_value_heads", integer(keyValueHeadCount)),
            ("head_dim", integer(headSize)), ("max_position_embeddings", integer(maximumPositions)),
            ("rms_norm_eps", decimal(normEpsilon)), ("rope_theta", decimal(rotaryBase)),
            ("tie_word_embeddings", flag(tiesEmbeddings)), ("attention_dropout", decimal(0)),
            ("bos_token_id", integer(beginToken)), ("eos_token_id", { Self.write(tokens: endTokens, &$0) }),
            ("use_cache", flag(true)), ("hidden_act", text(activation)),
        ]
        if let rotaryScaling { members.append(("rope_scaling", { Self.write(rotaryScaling, &$0) })) }
        if let slidingRotaryBase { members.append(("rope_local_base_freq", decimal(slidingRotaryBase))) }
        if family == .llama || family == .qwen3 || family.isGemma {
            members.append(("attention_bias", flag(false)))
        }
        if family.isGemma {
            members += [
                ("hidden_activation", text(activation)),
                ("query_pre_attn_scalar", { Self.write(scalar: 1 / (attentionScale * attentionScale), &$0) }),
                ("attn_logit_softcapping", decimal(attentionCap)),
                ("final_logit_softcapping", decimal(logitCap)),
            ]
        }
        if family == .phi3 {
            // The default padding token may not exist in a small vocabulary.
            members.append(("pad_token_id", integer(endTokens.first)))
        }
        if family != .llama {
            members.append(("sliding_window", integer(slidingWindow)))
            if family != .mistral && family != .phi3 {
                let types = slidingLayers.map { $0 ? "sliding_attention" : "full_attention" }
                members.append(("layer_types", { $0.list(types) { $0.string($1) } }))
            }
        }
        if family == .qwen2 || family == .qwen3 {
            members.append(("use_sliding_window", flag(slidingWindow != nil)))
            members.append(("max_window_layers", integer(slidingLayers.firstIndex(of: true) ?? layerCount)))
        }
        if let classCount {
            members.append(("id2label", { Self.writeLabels(classCount, &$0) }))
            members.append(("label2id", { Self.writeClasses(classCount, &$0) }))
        }
        if isQuantized { members.append(("quantization_config", Self.writeQuantization)) }
        members.sort { $0.name < $1.name }
        return JSONLayout.indented { file in
            file.object { file in for member in members { file.member(member.name, member.write) } }
        }
    }

    /// The class of transformers that reads such a checkpoint.
    func architecture(classCount: Int?) -> String {
        let model =
            switch family {
            case .gemma2: "Gemma2"
            case .gemma3: classCount == nil ? "Gemma3" : "Gemma3Text"
            case .llama: "Llama"
            case .mistral: "Mistral"
            case .phi3: "Phi3"
            case .qwen2: "Qwen2"
            case .qwen3: "Qwen3"
            }
        return model + (classCount == nil ? "ForCausalLM" : "ForSequenceClassification")
    }

    /// PyTorch's name for a type.
    static func name(of type: ElementType) -> String {
        switch type {
        case .bfloat16: "bfloat16"
        case .float16: "float16"
        default: "float32"
        }
    }

    /// Writes the classes' names by their numbers.
    static func writeLabels(_ count: Int, _ file: inout JSONWriter) {
        file.object { file in
            for index in 0..<count { file.member("\(index)") { $0.string("LABEL_\(index)") } }
        }
    }

    /// Writes the classes' numbers by their names.
    static func writeClasses(_ count: Int, _ file: inout JSONWriter) {
        file.object { file in
            for index in 0..<count { file.member("LABEL_\(index)") { $0.integer(index) } }
        }
    }

    static func writeQuantization(_ file: inout JSONWriter) {
        file.object { file in
            file.member("bnb_4bit_compute_dtype") { $0.string("float32") }
            file.member("bnb_4bit_quant_storage") { $0.string("uint8") }
            file.member("bnb_4bit_quant_type") { $0.string("nf4") }
            file.member("bnb_4bit_use_double_quant") { $0.boolean(true) }
            file.member("load_in_4bit") { $0.boolean(true) }
            file.member("load_in_8bit") { $0.boolean(false) }
            file.member("quant_method") { $0.string("bitsandbytes") }
        }
    }

    private static func write(tokens: [Int], _ file: inout JSONWriter) {
        switch tokens.count {
        case 0: file.null()
        case 1: file.integer(tokens[0])
        default: file.list(tokens) { $0.integer($1) }
        }
    }

    /// Writes a number without a fraction if it has none: transformers divides `query_pre_attn_scalar` either way.
    private static func write(scalar value: Double, _ file: inout JSONWriter) {
        // The scale is the inverse of a square root, so its square may differ from an integer in the last bit.
        let rounded = value.rounded()
        if abs(value - rounded) < 1e-9 * value && rounded < 1e15 {
            file.integer(Int(rounded))
        } else {
            file.number(value)
        }
    }

    private static func write(_ scaling: RotaryScaling, _ file: inout JSONWriter) {
        file.object { file in
            switch scaling {
            case .linear(let factor):
                file.member("factor") { $0.number(factor) }
                file.member("rope_type") { $0.string("linear") }
            case .llama3(let factor, let low, let high, let positions):
                file.member("factor") { $0.number(factor) }
                file.member("high_freq_factor") { $0.number(high) }
                file.member("low_freq_factor") { $0.number(low) }
                file.member("original_max_position_embeddings") { $0.integer(positions) }
                file.member("rope_type") { $0.string("llama3") }
            }
        }
    }
}
