/// What transformers assumes for members that a family's `config.json` lacks.
///
/// Versions 4 and 5 agree on them. `References/configurations.py` compares them, key by key, with transformers' classes.
struct FamilyDefaults: Sendable {
    var vocabularySize: Int
    var hiddenSize: Int
    var feedForwardSize: Int
    var layerCount = 32
    var headCount = 32
    /// Nil for as many as heads.
    var keyValueHeadCount: Int?
    /// Nil for the hidden size divided by the heads.
    var headSize: Int?
    var maximumPositions: Int
    var normEpsilon = 1e-6
    var activation = "silu"
    var rotaryBase = 10_000.0
    /// For layers with a sliding window, if it differs.
    var slidingRotaryBase: Double?
    var queryScalar: Double?
    var attentionCap: Double?
    var logitCap: Double?
    var slidingWindow: Int?
    var tiesEmbeddings = false
    var beginToken: Int? = 1
    var endTokens = [2]

    /// The defaults of a family.
    static func of(_ family: ModelConfiguration.Family) -> FamilyDefaults {
        switch family {
        case .gemma2: gemma2
        case .gemma3: gemma3
        case .llama:
            FamilyDefaults(
                vocabularySize: 32_000, hiddenSize: 4_096, feedForwardSize: 11_008, maximumPositions: 2_048)
        case .mistral:
            FamilyDefaults(
                vocabularySize: 32_000, hiddenSize: 4_096, feedForwardSize: 14_336, keyValueHeadCount: 8,
                maximumPositions: 131_072, slidingWindow: 4_096)
        case .phi3:
            FamilyDefaults(
                vocabularySize: 32_064, hiddenSize: 3_072, feedForwardSize: 8_192, maximumPositions: 4_096,
                normEpsilon: 1e-5, endTokens: [32_000])
        case .qwen2: qwen2
        case .qwen3: qwen3
        }
    }

    private static let gemma2 = FamilyDefaults(
        vocabularySize: 256_000, hiddenSize: 2_304, feedForwardSize: 9_216, layerCount: 26, headCount: 8,
        keyValueHeadCount: 4, headSize: 256, maximumPositions: 8_192, activation: "gelu_pytorch_tanh",
        queryScalar: 256, attentionCap: 50, logitCap: 30, slidingWindow: 4_096, tiesEmbeddings: true,
        beginToken: 2, endTokens: [1])

    private static var gemma3: FamilyDefaults {
        var defaults = gemma2
        defaults.vocabularySize = 262_208
        defaults.maximumPositions = 131_072
        defaults.rotaryBase = 1_000_000
        defaults.slidingRotaryBase = 10_000
        defaults.attentionCap = nil
        defaults.logitCap = nil
        return defaults
    }

    private static let qwen2 = FamilyDefaults(
        vocabularySize: 151_936, hiddenSize: 4_096, feedForwardSize: 22_016, keyValueHeadCount: 32,
        maximumPositions: 32_768, slidingWindow: 4_096, beginToken: nil, endTokens: [])

    private static var qwen3: FamilyDefaults {
        var defaults = qwen2
        defaults.headSize = 128
        return defaults
    }
}
