internal import Checkpoints
internal import Files
internal import JSON

/// The fields of an `adapter_config.json` that affect what an adapter does.
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
            self = try JSONRecord.decode(AdapterRecord.self, from: json)
        } catch {
            throw CheckpointError("not the configuration of a LoRA adapter: \(error)", path: path)
        }
        let refused: [(Bool, String)] = [
            (peft_type != "LORA", "the type '\(peft_type)'"), (bias ?? "none" != "none", "biases"),
            (fan_in_fan_out == true, "fan_in_fan_out"), (use_dora == true, "DoRA"),
            (lora_bias == true, "biases of B"), (rank_pattern?.isEmpty == false, "differing ranks"),
            (alpha_pattern?.isEmpty == false, "differing alphas"),
            (layers_to_transform != nil, "a selection of layers"),
            (
                modules_to_save.map { !Set($0).subtracting(["score", "classifier"]).isEmpty } ?? false,
                "saved modules other than a classifier's 'score'"
            ),
        ]
        if let (_, what) = refused.first(where: { $0.0 }) {
            throw CheckpointError("adapters with \(what) are not supported", path: path)
        }
        guard r > 0, r <= 1 << 16, lora_alpha.isFinite else {
            throw CheckpointError("the rank \(r) or alpha \(lora_alpha) is invalid", path: path)
        }
    }

    var rank: Int { r }
    var dropout: Double { min(max(lora_dropout ?? 0, 0), 0.999) }
    /// With rank-stabilized LoRA the scale is alpha / √rank.
    var scaledAlpha: Double { use_rslora == true ? lora_alpha * Double(r).squareRoot() : lora_alpha }

    /// The projections, from the tensors in the file: a pattern is not evaluated, and lists may contain whole paths.
    func targets(path: FilePath, in file: SafetensorsFile) throws(CheckpointError) -> [Projection] {
        var found = Set<Projection>()
        for entry in file.header.entries where entry.name.hasSuffix(".lora_A.weight") {
            let parts = entry.name.split(separator: ".")
            guard parts.count > 3, let projection = Projection(rawValue: String(parts[parts.count - 3]))
            else {
                throw CheckpointError(
                    "'\(entry.name)' adapts a module that this decoder does not have", path: file.path)
            }
            found.insert(projection)
        }
        guard !found.isEmpty else { throw CheckpointError("it has no LoRA tensors", path: file.path) }
        return Projection.allCases.filter(found.contains)
    }

    /// The file for PEFT.
    static func json(_ adapter: AdapterConfiguration) -> [UInt8] {
        let isClassifier = adapter.classCount != nil
        return JSONLayout.indented { file in
            file.object { file in
                file.member("alpha_pattern") { $0.object { _ in } }
                file.member("base_model_name_or_path") { $0.null() }
                file.member("bias") { $0.string("none") }
                file.member("fan_in_fan_out") { $0.boolean(false) }
                file.member("inference_mode") { $0.boolean(true) }
                file.member("init_lora_weights") { $0.boolean(true) }
                file.member("layers_to_transform") { $0.null() }
                file.member("lora_alpha") { file in
                    if let whole = Int(exactly: adapter.alpha) {
                        file.integer(whole)
                    } else {
                        file.number(adapter.alpha)
                    }
                }
                file.member("lora_dropout") { $0.number(adapter.dropout) }
                file.member("modules_to_save") { file in
                    if isClassifier { file.list(["score"]) { $0.string($1) } } else { file.null() }
                }
                file.member("peft_type") { $0.string("LORA") }
                file.member("r") { $0.integer(adapter.rank) }
                file.member("rank_pattern") { $0.object { _ in } }
                file.member("target_modules") { $0.list(adapter.targets) { $0.string($1.rawValue) } }
                file.member("task_type") { $0.string(isClassifier ? "SEQ_CLS" : "CAUSAL_LM") }
                file.member("use_dora") { $0.boolean(false) }
                file.member("use_rslora") { $0.boolean(false) }
            }
        }
    }
}
