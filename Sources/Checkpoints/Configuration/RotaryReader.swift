/// The rotary frequencies of a `config.json`, in the spelling of transformers 4 or 5.
struct RotaryReader {
    let base: Double
    let scaling: ModelConfiguration.RotaryScaling?
    let slidingBase: Double?

    private typealias Rotary = ConfigurationRecord.Rotary

    init(
        record: ConfigurationRecord, family: ModelConfiguration.Family, defaults: FamilyDefaults
    ) throws(CheckpointError) {
        let old = record.rope_scaling.flatMap { $0.isEmpty ? nil : $0 }
        let new = record.rope_parameters
        if let slidingDefault = defaults.slidingRotaryBase {
            if let new, !new.isByLayer, !new.all.isEmpty {
                throw CheckpointError(
                    "'rope_parameters' of a \(family.rawValue) needs 'full_attention' and 'sliding_attention'"
                )
            }
            let full = new?.full_attention
            if let old, case .absent = old.rope_type, old.type.value ?? "default" != "default" {
                // Version 5 ignores it here, version 4 does not.
                throw CheckpointError("'rope_scaling' has a 'type'; rename it to 'rope_type'")
            }
            if old != nil, full != nil {
                throw CheckpointError("there are both 'rope_scaling' and 'rope_parameters'; remove one")
            }
            base = try Self.base([full?.rope_theta, old?.rope_theta, record.rope_theta], defaults.rotaryBase)
            scaling = try Self.scaling(full ?? old, family)
            let sliding = new?.sliding_attention
            slidingBase = try Self.base([sliding?.rope_theta, record.rope_local_base_freq], slidingDefault)
            guard try Self.scaling(sliding, family) == nil else {
                throw CheckpointError("rotary scaling of layers with a sliding window is not supported")
            }
        } else {
            guard new?.isByLayer != true else {
                throw CheckpointError(
                    "'rope_parameters' of a \(family.rawValue) cannot differ between kinds of layers")
            }
            // The old spelling takes precedence, as in version 5.
            let rotary = old ?? new?.all
            base = try Self.base([rotary?.rope_theta, record.rope_theta], defaults.rotaryBase)
            scaling = try Self.scaling(rotary, family)
            slidingBase = nil
        }
    }

    /// The first base that is present.
    private static func base(
        _ members: [ConfigurationRecord.Member<Double>?], _ fallback: Double
    ) throws(CheckpointError) -> Double {
        for case let member? in members {
            if case .absent = member { continue }
            return try positive("rope_theta", required("rope_theta", member, fallback))
        }
        return fallback
    }

    private static func scaling(
        _ rotary: ConfigurationRecord.Rotary?, _ family: ModelConfiguration.Family
    ) throws(CheckpointError) -> ModelConfiguration.RotaryScaling? {
        guard let rotary else { return nil }
        guard rotary.partial_rotary_factor ?? 1 == 1 else {
            throw CheckpointError(
                "rotating a part of each head ('partial_rotary_factor'): not supported for \(family.rawValue)"
            )
        }
        let kind = try required("rope_type", rotary.rope_type, required("type", rotary.type, "default"))
        guard kind != "default" else { return nil }
        func number(_ name: String, _ value: Double?) throws(CheckpointError) -> Double {
            guard let value else { throw CheckpointError("'\(name)' of the rotary scaling is missing") }
            return try positive(name, value)
        }
        switch kind {
        case "linear" where family != .phi3: return .linear(factor: try number("factor", rotary.factor))
        case "llama3" where family != .phi3:
            let low = try number("low_freq_factor", rotary.low_freq_factor)
            let high = try number("high_freq_factor", rotary.high_freq_factor)
            guard let positions = rotary.original_max_position_embeddings else {
                throw CheckpointError(
                    "'original_max_position_embeddings' of the rotary scaling is missing; "
                        + "it must be the length that the model was first trained on")
            }
            guard low < high, positions > 0 else {
                throw CheckpointError("the rotary scaling's frequencies or positions are invalid")
            }
            return .llama3(
                factor: try number("factor", rotary.factor), lowFrequency: low, highFrequency: high,
                originalPositions: positions)
        default:
            let known = family == .phi3 ? "" : "; linear and llama3 are"
            throw CheckpointError(
                "rotary scaling of the type '\(kind.prefix(50))' is not supported for \(family.rawValue)\(known)"
            )
        }
    }
}
