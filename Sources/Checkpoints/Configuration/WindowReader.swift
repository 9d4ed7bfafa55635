/// Which layers of a `config.json`'s model have a sliding window, and how wide it is.
struct WindowReader {
    let size: Int?
    let layers: [Bool]

    init(
        record: ConfigurationRecord, family: ModelConfiguration.Family, layers: Int, defaults: FamilyDefaults
    ) throws(CheckpointError) {
        let window = record.sliding_window.value(orIfAbsent: defaults.slidingWindow)
        if let window, window <= 0 { throw CheckpointError("'sliding_window' is \(window)") }
        switch family {
        case .llama:
            (size, self.layers) = (nil, Array(repeating: false, count: layers))
        case .mistral, .phi3:
            (size, self.layers) = (window, Array(repeating: window != nil, count: layers))
        case .gemma2, .gemma3, .qwen2, .qwen3:
            let hasWindow =
                try family.isGemma
                ? true : required("use_sliding_window", record.use_sliding_window, false)
            size = hasWindow ? window : nil
            let sliding = try Self.layers(record, family, layers, hasWindow: size != nil)
            guard size != nil || !sliding.contains(true) else {
                throw CheckpointError(
                    "there are layers with a sliding window, but 'sliding_window', its width, is missing"
                )
            }
            self.layers = sliding
        }
    }

    private static func layers(
        _ record: ConfigurationRecord, _ family: ModelConfiguration.Family, _ count: Int, hasWindow: Bool
    ) throws(CheckpointError) -> [Bool] {
        if let types = record.layer_types {
            guard types.count == count else {
                throw CheckpointError("'layer_types' has \(types.count) entries for \(count) layers")
            }
            if let type = types.first(where: { $0 != "sliding_attention" && $0 != "full_attention" }) {
                throw CheckpointError("'layer_types' has a '\(type.prefix(50))', which is not supported")
            }
            return types.map { $0 == "sliding_attention" }
        }
        switch family {
        case .gemma2: return (0..<count).map { $0.isMultiple(of: 2) }
        case .gemma3:
            let name = "sliding_window_pattern"
            let pattern = try required(name, record.sliding_window_pattern, 6)
            guard pattern > 0 else { throw CheckpointError("'\(name)' is \(pattern)") }
            return (0..<count).map { ($0 + 1) % pattern != 0 }
        default:
            let name = "max_window_layers"
            let first = try required(name, record.max_window_layers, 28)
            return (0..<count).map { hasWindow && $0 >= first }
        }
    }
}
