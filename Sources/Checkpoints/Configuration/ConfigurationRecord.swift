/// The fields of a `config.json` that decoders use; absent ones are nil.
struct ConfigurationRecord: Decodable {
    /// One token, or several.
    enum Tokens: Decodable {
        case one(Int)
        case several([Int])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let token = try? container.decode(Int.self) {
                self = .one(token)
            } else {
                self = .several(try container.decode([Int].self))
            }
        }

        var all: [Int] {
            switch self {
            case .one(let token): [token]
            case .several(let tokens): tokens
            }
        }
    }

    /// How rotary frequencies are scaled; `rope_scaling`, or `rope_parameters` in newer files.
    struct Rotary: Decodable {
        var rope_type: String?
        var type: String?
        var rope_theta: Double?
        var factor: Double?
        var low_freq_factor: Double?
        var high_freq_factor: Double?
        var original_max_position_embeddings: Int?
        var partial_rotary_factor: Double?
    }

    struct Quantization: Decodable {
        var quant_method: String?
        var bnb_4bit_quant_type: String?
    }

    var model_type: String
    var vocab_size: Int?
    var hidden_size: Int?
    var intermediate_size: Int?
    var num_hidden_layers: Int?
    var num_attention_heads: Int?
    var num_key_value_heads: Int?
    var head_dim: Int?
    var max_position_embeddings: Int?
    var rms_norm_eps: Double?
    var hidden_act: String?
    var hidden_activation: String?
    var rope_theta: Double?
    var rope_scaling: Rotary?
    var rope_parameters: Rotary?
    var query_pre_attn_scalar: Double?
    var attn_logit_softcapping: Double?
    var final_logit_softcapping: Double?
    var sliding_window: Int?
    var use_sliding_window: Bool?
    var max_window_layers: Int?
    var layer_types: [String]?
    var attention_bias: Bool?
    var mlp_bias: Bool?
    var partial_rotary_factor: Double?
    var use_bidirectional_attention: Bool?
    var tie_word_embeddings: Bool?
    var bos_token_id: Tokens?
    var eos_token_id: Tokens?
    var quantization_config: Quantization?
}
