internal import Checkpoints
internal import Files
internal import FoundationEssentials

/// The members of an `adapter_config.json` that decide what an adapter does.
struct AdapterRecord: Decodable {
    /// A list of modules, or a pattern.
    enum Modules: Decodable {
        case list([String])
        case pattern(String)

        init(from decoder: any Swift.Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let list = try? container.decode([String].self) {
                self = .list(list)
            } else {
                self = .pattern(try container.decode(String.self))
            }
        }
    }

    private var peft_type: String
    private var r: Int
    private var lora_alpha: Double
    private var lora_dropout: Double?
    private var target_modules: Modules?
    private var modules_to_save: [String]?
    private var bias: String?
    private var fan_in_fan_out: Bool?
    private var use_rslora: Bool?
    private var use_dora: Bool?
    private var lora_bias: Bool?
    private var rank_pattern: [String: Int]?
    private var alpha_pattern: [String: Double]?
    private var layers_to_transform: Layers?

    private struct Layers: Decodable { init(from decoder: any Swift.Decoder) throws {} }

    init(_ json: [UInt8], path: FilePath) throws(CheckpointError) {
        do {
            self = try JSONDecoder().decode(AdapterRecord.self, from: Data(json))
        } catch {
            throw CheckpointError("not the configuration of a LoRA adapter: \(error)", path: path)
        }
        let refused: [(Bool, String)] = [
            (peft_type != "LORA", "the type '\(peft_type)'"), (bias ?? "none" != "none", "biases"),
            (fan_in_fan_out == true, "fan_in_fan_out"), (use_dora == true, "DoRA"),
            (lora_bias == true, "biases of B"), (rank_pattern?.isEmpty == false, "ranks that differ"),
            (alpha_pattern?.isEmpty == false, "alphas that differ"),
            (layers_to_transform != nil, "a choice of layers"),
            (
                modules_to_save.map { !Set($0).subtracting(["score", "classifier"]).isEmpty } ?? false,
                "other saved modules than a classifier's 'score'"
            ),
        ]
        if let (_, what) = refused.first(where: { $0.0 }) {
            throw CheckpointError("\(what) of adapters cannot be read", path: path)
        }
        guard r > 0, r <= 1 << 16, lora_alpha.isFinite else {
            throw CheckpointError("the rank \(r) or alpha \(lora_alpha) makes no sense", path: path)
        }
    }

    var rank: Int { r }
    var dropout: Double { min(max(lora_dropout ?? 0, 0), 0.999) }
    /// With rank-stabilised LoRA the scale is alpha / √rank.
    var scaledAlpha: Double { use_rslora == true ? lora_alpha * Double(r).squareRoot() : lora_alpha }

    /// The projections, by what the file has: a pattern is not evaluated, and lists may name whole paths.
    func targets(path: FilePath, in file: SafetensorsFile) throws(CheckpointError) -> [Projection] {
        var found = Set<Projection>()
        for entry in file.header.entries where entry.name.hasSuffix(".lora_A.weight") {
            let parts = entry.name.split(separator: ".")
            guard parts.count > 3, let projection = Projection(rawValue: String(parts[parts.count - 3]))
            else {
                throw CheckpointError(
                    "'\(entry.name)' adapts what this decoder does not have", path: file.path)
            }
            found.insert(projection)
        }
        guard !found.isEmpty else { throw CheckpointError("it has no LoRA tensors", path: file.path) }
        return Projection.allCases.filter(found.contains)
    }

    /// The file that PEFT reads.
    static func json(_ adapter: AdapterConfiguration) -> [UInt8] {
        let targets = adapter.targets.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        let isClassifier = adapter.classCount != nil
        let alpha = adapter.alpha.rounded() == adapter.alpha ? "\(Int(adapter.alpha))" : "\(adapter.alpha)"
        let members = [
            "\"alpha_pattern\": {}", "\"base_model_name_or_path\": null", "\"bias\": \"none\"",
            "\"fan_in_fan_out\": false", "\"inference_mode\": true", "\"init_lora_weights\": true",
            "\"layers_to_transform\": null", "\"lora_alpha\": \(alpha)",
            "\"lora_dropout\": \(adapter.dropout)",
            "\"modules_to_save\": \(isClassifier ? "[\"score\"]" : "null")", "\"peft_type\": \"LORA\"",
            "\"r\": \(adapter.rank)", "\"rank_pattern\": {}", "\"target_modules\": [\(targets)]",
            "\"task_type\": \(isClassifier ? "\"SEQ_CLS\"" : "\"CAUSAL_LM\"")", "\"use_dora\": false",
            "\"use_rslora\": false",
        ]
        return Array("{\n  \(members.joined(separator: ",\n  "))\n}\n".utf8)
    }
}
