internal import JSON

/// The meaning of PEFT's adapter settings here.
enum AdapterSetting {
    /// Settings that are read, that describe how an adapter was made, or that only matter together with another, checked setting.
    private static let read: Set<String> = [
        "peft_type", "r", "lora_alpha", "lora_dropout", "task_type", "target_modules",
        "exclude_modules", "layers_pattern", "base_model_name_or_path", "revision", "inference_mode",
        "auto_mapping", "peft_version", "megatron_core", "qalora_group_size", "runtime_config",
        "loftq_config",
        "eva_config", "corda_config", "lora_ga_config",
    ]

    /// Kinds of adapters other than LoRA, for messages.
    static let kinds: [String: String] = [
        "PROMPT_TUNING": "a tuned prompt", "MULTITASK_PROMPT_TUNING": "a tuned prompt",
        "P_TUNING": "a tuned prompt", "PREFIX_TUNING": "a tuned prefix",
        "ADAPTION_PROMPT": "a LLaMA-Adapter", "IA3": "an IA³", "ADALORA": "an AdaLoRA", "LOHA": "a LoHa",
        "LOKR": "a LoKr", "VERA": "a VeRA", "OFT": "an OFT", "BOFT": "a BOFT",
        "LN_TUNING": "a set of tuned norms",
        "FOURIERFT": "a FourierFT", "HRA": "an HRA", "VBLORA": "a VB-LoRA", "XLORA": "an X-LoRA",
        "TRAINABLE_TOKENS": "a set of trained tokens",
    ]

    /// The meanings of rejected settings, for messages.
    static let meanings: [String: String] = [
        "alora_invocation_tokens": "activated LoRA, which applies only after certain tokens",
        "alpha_pattern": "alphas that differ between modules", "arrow_config": "Arrow, a router of adapters",
        "bias": "biases", "ensure_weight_tying": "tied modules", "fan_in_fan_out": "transposed matrices",
        "init_lora_weights": "an initialization that changed the base model's weights", "kasa_config": "KaSA",
        "layer_replication": "layers that occur several times", "layers_to_transform": "a choice of layers",
        "lora_bias": "biases of B", "megatron_config": "Megatron's parallel layers",
        "modules_to_save": "saved modules other than a classifier's 'score'",
        "monteclora_config": "MonteCLoRA",
        "rank_pattern": "ranks that differ between modules", "use_rslora": "it is true or false",
        "target_parameters": "parameters outside linear layers",
        "trainable_token_indices": "trained tokens", "use_bdlora": "BD-LoRA", "use_dora": "DoRA",
        "use_qalora": "QALoRA", "velora_config": "VeLoRA",
    ]

    /// The initializations that leave the base model's weights unchanged; the adapter's own numbers come from its file.
    private static let plainStarts: Set<String> = ["gaussian", "eva", "orthogonal"]

    /// Whether a setting's value does not change what this decoder computes.
    static func isNeutral(_ value: JSONDocument.Value, of name: String, in document: JSONDocument) -> Bool {
        if read.contains(name) { return true }
        switch (name, value) {
        case ("init_lora_weights", .boolean), ("use_rslora", .boolean): return true
        case ("init_lora_weights", .string(let text)): return plainStarts.contains(document.string(text))
        case ("bias", .string(let text)): return document.string(text) == "none"
        case ("modules_to_save", .list(let modules)):
            return modules.allSatisfy { module in
                guard case .string(let text) = module else { return false }
                return ["score", "classifier"].contains(document.string(text))
            }
        case (_, .null), (_, .boolean(false)): return true
        case (_, .list(let values)): return values.isEmpty
        case (_, .object(let members)): return members.isEmpty
        case (_, .string(let text)): return document.bytes(text).isEmpty
        default: return false
        }
    }
}
