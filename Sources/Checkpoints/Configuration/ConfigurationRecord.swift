/// The fields of a `config.json` that determine what a decoder computes.
struct ConfigurationRecord: Decodable {
    /// A member that may be absent or null: an absent one has its family's default, while null is a value.
    enum Member<Value: Decodable>: Decodable {
        case absent
        case null
        case value(Value)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self = container.decodeNil() ? .null : .value(try container.decode(Value.self))
        }

        /// The value, if there is one.
        var value: Value? {
            if case .value(let value) = self { value } else { nil }
        }

        /// The value, or `fallback` if the member is absent; null is nil.
        func value(orIfAbsent fallback: Value?) -> Value? {
            switch self {
            case .absent: fallback
            case .null: nil
            case .value(let value): value
            }
        }
    }

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

    /// How rotary frequencies are scaled: `rope_scaling` in transformers 4, or `rope_parameters` in transformers 5.
    struct Rotary: Decodable {
        var rope_type: Member<String>
        var type: Member<String>
        var rope_theta: Member<Double>
        var factor: Double?
        var low_freq_factor: Double?
        var high_freq_factor: Double?
        var original_max_position_embeddings: Int?
        var partial_rotary_factor: Double?

        /// Whether it is empty, like `{}`.
        var isEmpty: Bool {
            if case (.absent, .absent, .absent) = (rope_type, type, rope_theta) {
                factor == nil && low_freq_factor == nil && high_freq_factor == nil
                    && original_max_position_embeddings == nil && partial_rotary_factor == nil
            } else {
                false
            }
        }
    }

    /// `rope_parameters`: one for all layers, or one for each kind of layer.
    struct RotaryOfLayers: Decodable {
        var all: Rotary
        var full_attention: Rotary?
        var sliding_attention: Rotary?
        var isByLayer: Bool

        private enum CodingKeys: String, CodingKey { case full_attention, sliding_attention }

        init(from decoder: any Decoder) throws {
            all = try Rotary(from: decoder)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            full_attention = try container.decodeIfPresent(Rotary.self, forKey: .full_attention)
            sliding_attention = try container.decodeIfPresent(Rotary.self, forKey: .sliding_attention)
            isByLayer = !container.allKeys.isEmpty
        }
    }

    struct Quantization: Decodable {
        var quant_method: String?
        var bnb_4bit_quant_type: String?
        var load_in_8bit: Bool?
    }

    var model_type: String
    var vocab_size: Member<Int>
    var hidden_size: Member<Int>
    var intermediate_size: Member<Int>
    var num_hidden_layers: Member<Int>
    var num_attention_heads: Member<Int>
    var num_key_value_heads: Member<Int>
    var head_dim: Member<Int>
    var max_position_embeddings: Member<Int>
    var rms_norm_eps: Member<Double>
    var hidden_act: Member<String>
    var hidden_activation: Member<String>
    var rope_theta: Member<Double>
    var rope_local_base_freq: Member<Double>
    var rope_scaling: Rotary?
    var rope_parameters: RotaryOfLayers?
    var partial_rotary_factor: Member<Double>
    var query_pre_attn_scalar: Member<Double>
    var attn_logit_softcapping: Member<Double>
    var final_logit_softcapping: Member<Double>
    var sliding_window: Member<Int>
    var sliding_window_pattern: Member<Int>
    var use_sliding_window: Member<Bool>
    var max_window_layers: Member<Int>
    var layer_types: [String]?
    var attention_bias: Member<Bool>
    var mlp_bias: Member<Bool>
    var use_bidirectional_attention: Bool?
    var tie_word_embeddings: Member<Bool>
    var bos_token_id: Member<Tokens>
    var eos_token_id: Member<Tokens>
    var quantization_config: Quantization?
}

extension KeyedDecodingContainer {
    /// The synthesized decoding calls this for a `Member`: a missing key is not an error.
    func decode<Value>(
        _ type: ConfigurationRecord.Member<Value>.Type, forKey key: Key
    ) throws -> ConfigurationRecord.Member<Value> {
        guard contains(key) else { return .absent }
        return try decodeNil(forKey: key) ? .null : .value(decode(Value.self, forKey: key))
    }
}
