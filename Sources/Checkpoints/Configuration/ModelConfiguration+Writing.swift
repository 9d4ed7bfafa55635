extension ModelConfiguration {
    /// The configuration as the `config.json` that transformers reads; equal configurations give equal bytes.
    ///
    /// - Parameters:
    ///   - type: what the checkpoint's numbers are.
    ///   - isQuantized: whether the projections are NF4 with double quantisation, in bitsandbytes' layout.
    ///   - classCount: how many classes its head has, if it is a classifier.
    public func json(type: ElementType, isQuantized: Bool = false, classCount: Int? = nil) -> [UInt8] {
        let model =
            switch family {
            case .gemma2: "Gemma2"
            case .llama: "Llama"
            case .qwen2: "Qwen2"
            case .phi3: "Phi3"
            }
        let head = classCount == nil ? "ForCausalLM" : "ForSequenceClassification"
        let number: String =
            switch type {
            case .bfloat16: "bfloat16"
            case .float16: "float16"
            default: "float32"
            }
        var members: [(String, String)] = [
            ("architectures", "[\(jsonText(model + head))]"),
            ("model_type", jsonText(family.rawValue)), ("torch_dtype", jsonText(number)),
            ("vocab_size", "\(vocabularySize)"), ("hidden_size", "\(hiddenSize)"),
            ("intermediate_size", "\(feedForwardSize)"), ("num_hidden_layers", "\(layerCount)"),
            ("num_attention_heads", "\(headCount)"), ("num_key_value_heads", "\(keyValueHeadCount)"),
            ("head_dim", "\(headSize)"), ("max_position_embeddings", "\(maximumPositions)"),
            ("rms_norm_eps", "\(normEpsilon)"), ("rope_theta", "\(rotaryBase)"),
            ("tie_word_embeddings", "\(tiesEmbeddings)"), ("attention_dropout", "0.0"),
            ("bos_token_id", beginToken.map(String.init) ?? "null"),
            ("eos_token_id", Self.tokens(endTokens)), ("use_cache", "true"),
        ]
        let activation = activation == .gelu ? "gelu_pytorch_tanh" : "silu"
        members.append(("hidden_act", jsonText(activation)))
        if let rotaryScaling { members.append(("rope_scaling", Self.json(rotaryScaling))) }
        if family != .phi3 && family != .qwen2 { members.append(("attention_bias", "false")) }
        if family == .gemma2 {
            members += [
                ("hidden_activation", jsonText(activation)),
                ("query_pre_attn_scalar", Self.number(1 / (attentionScale * attentionScale))),
                ("attn_logit_softcapping", attentionCap.map(\.description) ?? "null"),
                ("final_logit_softcapping", logitCap.map(\.description) ?? "null"),
            ]
        }
        if family == .phi3 {
            // The default's padding token may lie outside a small vocabulary.
            members.append(("pad_token_id", endTokens.first.map(String.init) ?? "null"))
        }
        if family != .llama {
            members.append(("sliding_window", slidingWindow.map(String.init) ?? "null"))
            if slidingWindow != nil && family != .phi3 {
                let types = slidingLayers.map { $0 ? "\"sliding_attention\"" : "\"full_attention\"" }
                members.append(("layer_types", "[\(types.joined(separator: ", "))]"))
            }
        }
        if family == .qwen2 {
            members.append(("use_sliding_window", "\(slidingWindow != nil)"))
            members.append(("max_window_layers", "\(slidingLayers.firstIndex(of: true) ?? layerCount)"))
        }
        if let classCount {
            let labels = (0..<classCount).map { "\"\($0)\": \"LABEL_\($0)\"" }
            members.append(("id2label", "{\(labels.joined(separator: ", "))}"))
            let places = (0..<classCount).map { "\"LABEL_\($0)\": \($0)" }
            members.append(("label2id", "{\(places.joined(separator: ", "))}"))
        }
        if isQuantized {
            members.append(
                (
                    "quantization_config",
                    "{\"bnb_4bit_compute_dtype\": \"float32\", \"bnb_4bit_quant_storage\": \"uint8\", "
                        + "\"bnb_4bit_quant_type\": \"nf4\", \"bnb_4bit_use_double_quant\": true, "
                        + "\"load_in_4bit\": true, \"load_in_8bit\": false, \"quant_method\": \"bitsandbytes\"}"
                ))
        }
        members.sort { $0.0 < $1.0 }
        let lines = members.map { "  \(jsonText($0.0)): \($0.1)" }
        return Array("{\n\(lines.joined(separator: ",\n"))\n}\n".utf8)
    }

    private static func tokens(_ tokens: [Int]) -> String {
        if tokens.count == 1, let token = tokens.first { return "\(token)" }
        return tokens.isEmpty ? "null" : "[\(tokens.map(String.init).joined(separator: ", "))]"
    }

    /// A number without a fraction where it has none: transformers divides `query_pre_attn_scalar` either way.
    private static func number(_ value: Double) -> String {
        // The scale is a square root's inverse, so that its square may miss an integer by a last bit.
        let rounded = value.rounded()
        return abs(value - rounded) < 1e-9 * value && rounded < 1e15 ? "\(Int(rounded))" : "\(value)"
    }

    private static func json(_ scaling: RotaryScaling) -> String {
        switch scaling {
        case .linear(let factor): "{\"factor\": \(factor), \"rope_type\": \"linear\"}"
        case .llama3(let factor, let low, let high, let positions):
            "{\"factor\": \(factor), \"high_freq_factor\": \(high), \"low_freq_factor\": \(low), "
                + "\"original_max_position_embeddings\": \(positions), \"rope_type\": \"llama3\"}"
        }
    }
}
