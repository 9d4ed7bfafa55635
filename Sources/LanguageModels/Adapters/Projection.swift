/// A linear layer within a decoder layer, named as in checkpoints and PEFT's `target_modules`.
public enum Projection: String, Sendable, Hashable, CaseIterable, Codable {
    case query = "q_proj"
    case key = "k_proj"
    case value = "v_proj"
    /// Phi-3's query, key and value in one matrix.
    case queryKeyValue = "qkv_proj"
    case attentionOutput = "o_proj"
    case gate = "gate_proj"
    case up = "up_proj"
    /// Phi-3's gate and up in one matrix.
    case gateUp = "gate_up_proj"
    case down = "down_proj"

    /// Whether it belongs to the attention; otherwise, to the feed-forward layer.
    public var isAttention: Bool {
        switch self {
        case .query, .key, .value, .queryKeyValue, .attentionOutput: true
        case .gate, .up, .gateUp, .down: false
        }
    }

    /// Its name within a layer: `self_attn.q_proj`, `mlp.up_proj`.
    var module: String { (isAttention ? "self_attn." : "mlp.") + rawValue }
}
