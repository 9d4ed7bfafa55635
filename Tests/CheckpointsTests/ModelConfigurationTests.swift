import Checkpoints
import Files
import Testing

@Suite struct ModelConfigurationTests {
    private func configuration(_ name: String) throws -> ModelConfiguration {
        try ModelConfiguration(json: Fixture.bytes(name + ".json"))
    }

    @Test func readsTheDifferencesBetweenFamilies() throws {
        let gemma = try configuration("gemma2")
        #expect(gemma.attentionCap == 50 && gemma.logitCap == 30 && gemma.activation == .gelu)
        #expect(gemma.slidingWindow == 16 && gemma.slidingLayers == [true, false, true])
        #expect(gemma.tiesEmbeddings && gemma.endTokens == [1, 5])
        #expect(abs(gemma.attentionScale - 0.288_675_134_594_812_9) < 1e-15)
        let llama = try configuration("llama3")
        #expect(
            llama.rotaryScaling
                == .llama3(factor: 8, lowFrequency: 1, highFrequency: 4, originalPositions: 64))
        #expect(llama.rotaryBase == 500_000 && llama.tiesEmbeddings && llama.slidingWindow == nil)
        #expect(try configuration("llama-linear").rotaryScaling == .linear(factor: 2))
        let qwen = try configuration("qwen2")
        #expect(qwen.hasAttentionBias && qwen.slidingLayers == [false, true, true])
        let phi = try configuration("phi3")
        #expect(phi.slidingWindow == 20 && phi.slidingLayers == [true, true, true] && phi.endTokens == [7])
    }

    @Test(arguments: ["gemma2", "llama3", "llama-linear", "qwen2", "phi3"])
    func aWrittenConfigurationReadsBack(name: String) throws {
        let configuration = try configuration(name)
        #expect(try ModelConfiguration(json: configuration.json(type: .float32)) == configuration)
        #expect(
            try ModelConfiguration(
                json: configuration.json(type: .bfloat16, isQuantized: true, classCount: 3))
                == configuration)
    }

    @Test func readsFilesOfTransformers4() throws {
        let text = """
            {"model_type": "llama", "vocab_size": 128256, "hidden_size": 4096, "intermediate_size": 14336,
             "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "hidden_act": "silu",
             "max_position_embeddings": 131072, "rms_norm_eps": 1e-05, "rope_theta": 500000.0, "torch_dtype": "bfloat16",
             "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
              "original_max_position_embeddings": 8192, "rope_type": "llama3"},
             "bos_token_id": 128000, "eos_token_id": [128001, 128008, 128009], "attention_bias": false}
            """
        let configuration = try ModelConfiguration(json: Array(text.utf8))
        #expect(configuration.headSize == 128 && configuration.endTokens.count == 3)
        #expect(configuration.rotaryScaling != nil && !configuration.tiesEmbeddings)
        let gemma = """
            {"model_type": "gemma2", "vocab_size": 256000, "hidden_size": 3584, "intermediate_size": 14336,
             "num_hidden_layers": 42, "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 256,
             "query_pre_attn_scalar": 256, "sliding_window": 4096, "hidden_act": "gelu_pytorch_tanh",
             "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0, "rope_theta": 10000.0}
            """
        let large = try ModelConfiguration(json: Array(gemma.utf8))
        #expect(large.slidingLayers.prefix(3) == [true, false, true] && large.tiesEmbeddings)
    }

    @Test(arguments: [
        ("{\"model_type\":\"mamba\"}", "'mamba'"), ("{", "JSON"),
        ("\"use_cache\":true,\"use_cache\":false", "duplicate name 'use_cache'"),
        ("{\"model_type\":\"gemma3\"}", "gemma3_text"), ("\"hidden_size\":null", "null"),
        ("{\"model_type\":\"gemma2\",\"hidden_activation\":\"gelu\"}", "exact GELU"),
        ("{\"model_type\":\"gemma2\",\"use_bidirectional_attention\":true}", "use_bidirectional_attention"),
        ("{\"model_type\":\"gemma2\",\"sliding_window\":null}", "sliding_window"),
        ("{\"model_type\":\"gemma3_text\",\"rope_scaling\":{\"type\":\"linear\",\"factor\":8}}", "rope_type"),
        ("{\"model_type\":\"gemma3_text\",\"rope_parameters\":{\"rope_theta\":5}}", "full_attention"),
        ("{\"model_type\":\"qwen3\",\"attention_bias\":true}", "attention_bias"),
        ("\"partial_rotary_factor\":0.5", "partial_rotary_factor"), ("\"mlp_bias\":true", "mlp_bias"),
        (
            "\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":1,\"high_freq_factor\":4}",
            "original_max_position_embeddings"
        ),
        ("\"quantization_config\":{\"quant_method\":\"bitsandbytes\",\"load_in_8bit\":true}", "8 bits"),
        ("\"num_key_value_heads\":3", "within"), ("\"head_dim\":7", "share"),
        ("\"hidden_size\":-1", "within"),
        ("\"hidden_size\":99999999999", "within"), ("\"attention_bias\":true", "attention_bias"),
        ("\"hidden_act\":\"relu\"", "relu"), ("\"rope_scaling\":{\"type\":\"yarn\",\"factor\":2}", "yarn"),
        ("\"rope_scaling\":{\"type\":\"linear\"}", "factor"), ("\"rope_theta\":0", "rope_theta"),
        ("\"quantization_config\":{\"quant_method\":\"gptq\"}", "gptq"), ("\"layer_types\":7", "wrong type"),
    ]) func reportsUnsupportedOptions(member: String, message: String) throws {
        let base = [
            "\"model_type\":\"llama\"", "\"vocab_size\":9", "\"hidden_size\":8", "\"intermediate_size\":8",
            "\"num_hidden_layers\":1", "\"num_attention_heads\":2",
        ].filter { $0.prefix { $0 != ":" } != member.prefix { $0 != ":" } }
        let text = member.hasPrefix("{") ? member : "{\(member),\(base.joined(separator: ","))}"
        let error = #expect(throws: CheckpointError.self) { try ModelConfiguration(json: Array(text.utf8)) }
        #expect("\(error.map(\.description) ?? "")".contains(message))
    }
}
