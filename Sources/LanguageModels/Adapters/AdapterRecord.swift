internal import Checkpoints
internal import Files
internal import JSON

/// The members of PEFT's `adapter_config.json` that determine what an adapter computes; absent ones have PEFT's defaults.
///
/// A setting that changes the arithmetic in an unsupported way is rejected by name, and so is an unknown one, unless it has no
/// effect: null, false or empty.
struct AdapterRecord {
    let rank: Int
    let dropout: Double
    /// With rank-stabilized LoRA the scale is alpha / √rank.
    let scaledAlpha: Double
    /// Whether a head of classes belongs to it.
    let hasHead: Bool

    private static let largestRank = 1 << 16

    init(_ json: [UInt8], path: FilePath) throws(CheckpointError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(json)
        } catch {
            throw CheckpointError("not the configuration of an adapter: \(error)", path: path)
        }
        guard case .object(let members) = document.root,
            let kind = document.string("peft_type", of: document.root)
        else {
            throw CheckpointError("not the configuration of an adapter: it has no 'peft_type'", path: path)
        }
        guard kind == "LORA" else {
            let name =
                AdapterSetting.kinds[kind].map { "\($0) (\(kind))" } ?? "of the kind \(kind.prefix(50))"
            throw CheckpointError("the adapter is \(name); only LoRA is supported", path: path)
        }
        for member in members {
            let name = document.string(member.name)
            guard !AdapterSetting.isNeutral(member.value, of: name, in: document) else { continue }
            let what = AdapterSetting.meanings[name].map { " (\($0))" } ?? ""
            throw CheckpointError(
                "its setting '\(name.prefix(100))'\(what) changes what an adapter computes, and is not supported",
                path: path)
        }
        func number(_ name: String, default fallback: Double) throws(CheckpointError) -> Double {
            guard let member = members.first(where: { document.string($0.name) == name }) else {
                return fallback
            }
            guard let number = document.double(member.value) else {
                throw CheckpointError("its setting '\(name)' is not a number", path: path)
            }
            return number
        }
        let rank = try number("r", default: 8)
        let alpha = try number("lora_alpha", default: 8)
        let dropout = try number("lora_dropout", default: 0)
        guard rank >= 1, rank <= Double(Self.largestRank), rank == rank.rounded(), dropout >= 0, dropout < 1
        else {
            throw CheckpointError(
                "its rank must be from 1 to \(Self.largestRank) and its dropout at least 0 and below 1; they are \(rank) and \(dropout)",
                path: path)
        }
        self.rank = Int(rank)
        self.dropout = dropout
        let isStabilized = document.boolean("use_rslora", of: document.root) ?? false
        scaledAlpha = isStabilized ? alpha * rank.squareRoot() : alpha
        hasHead =
            document.string("task_type", of: document.root) == "SEQ_CLS"
            || document.list("modules_to_save", of: document.root)?.isEmpty == false
    }

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

    /// The file, for PEFT.
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
