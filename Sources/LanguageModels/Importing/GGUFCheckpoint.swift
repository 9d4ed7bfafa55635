public import Checkpoints
public import Files

/// Converts a GGUF file to a checkpoint: the same numbers, with the names and in the order of transformers.
public enum GGUFCheckpoint: Sendable {
    /// What Llama 3's rotary frequencies are divided by.
    static let rotaryFactors = "rope_freqs.weight"

    /// Writes the weights and `config.json`, a tensor at a time.
    ///
    /// - Parameters:
    ///   - source: the file.
    ///   - configuration: the configuration of its model.
    ///   - target: an existing, empty folder.
    ///   - type: the output type: F32, or BF16 or F16, rounded.
    ///   - progress: called after each tensor with the number done and the total.
    /// - Throws: `CheckpointError` if a tensor is missing, has another shape, or would not be used.
    public static func write(
        from source: GGUFFile, _ configuration: ModelConfiguration, to target: FilePath,
        type: ElementType = .float32,
        progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws {
        let specifications = TensorSpecification.all(of: configuration)
        let tensors = try specifications.map { specification in
            let name = name(of: specification.name, configuration.family)
            guard let entry = source.entry(name) else {
                throw CheckpointError("it lacks the tensor '\(name)'", path: source.path)
            }
            guard entry.shape == specification.shape else {
                throw CheckpointError(
                    "the tensor '\(name)' has the shape \(entry.shape), but its settings require \(specification.shape)",
                    path: source.path)
            }
            return (specification, entry)
        }
        let used = Set(tensors.map(\.1.name))
        if let other = source.header.entries.first(where: {
            !used.contains($0.name) && $0.name != rotaryFactors
        }) {
            throw CheckpointError(
                "the tensor '\(other.name)' would not be used by a \(configuration.family.rawValue) model",
                path: source.path)
        }
        var writer = try SafetensorsWriter(
            target.appending("model.safetensors"),
            tensors: specifications.map { .init($0.name, type, $0.shape) })
        for (index, (specification, entry)) in tensors.enumerated() {
            let numbers = source.floats(of: entry)
            guard numbers.allSatisfy(\.isFinite) else {
                throw CheckpointError(
                    "the tensor '\(entry.name)' has numbers that are not finite", path: source.path)
            }
            try writer.write(
                specification.name, floats: transformed(numbers, specification, configuration))
            source.release(entry)
            try progress(index + 1, tensors.count)
        }
        try writer.finish()
        try FileContents.write(configuration.json(type: type), to: target.appending("config.json"))
    }

    /// The numbers in transformers' layout.
    private static func transformed(
        _ numbers: [Float], _ specification: TensorSpecification, _ configuration: ModelConfiguration
    ) -> [Float] {
        // In transformers, Gemma's norms are added to a gain of one; GGUF stores the gain.
        if specification.role == .norm && configuration.family.isGemma { return numbers.map { $0 - 1 } }
        guard configuration.family == .llama, specification.role == .projection else { return numbers }
        switch specification.name.split(separator: ".").dropLast().last {
        case "q_proj"?, "k_proj"?: return unpaired(numbers, specification, configuration.headSize)
        default: return numbers
        }
    }

    /// GGUF's Llama rotates pairs of neighboring rows of a head; transformers pairs the first half's rows with the second's.
    private static func unpaired(
        _ numbers: [Float], _ specification: TensorSpecification, _ headSize: Int
    ) -> [Float] {
        let width = specification.columnCount
        var result: [Float] = []
        result.reserveCapacity(numbers.count)
        for row in 0..<specification.rowCount {
            let place = row % headSize
            let half = headSize / 2
            let source = row - place + 2 * (place % half) + place / half
            result += numbers[(source * width)..<((source + 1) * width)]
        }
        return result
    }

    /// GGUF's name for a tensor.
    static func name(of tensor: String, _ family: ModelConfiguration.Family) -> String {
        switch tensor {
        case TensorSpecification.embeddingName: return "token_embd.weight"
        case TensorSpecification.headName: return "output.weight"
        case "model.norm.weight": return "output_norm.weight"
        default: break
        }
        // model . layers . N . … . weight
        let parts = tensor.split(separator: ".")
        let modules: [Substring: String] = [
            "q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "qkv_proj": "attn_qkv",
            "o_proj": "attn_output",
            "q_norm": "attn_q_norm", "k_norm": "attn_k_norm", "gate_proj": "ffn_gate", "up_proj": "ffn_up",
            "gate_up_proj": "ffn_up", "down_proj": "ffn_down", "input_layernorm": "attn_norm",
            "post_attention_layernorm": family.isGemma ? "post_attention_norm" : "ffn_norm",
            "pre_feedforward_layernorm": "ffn_norm", "post_feedforward_layernorm": "post_ffw_norm",
        ]
        let module = parts[parts.count - 2]
        return "blk.\(parts[2]).\(modules[module] ?? String(module)).\(parts[parts.count - 1])"
    }
}
