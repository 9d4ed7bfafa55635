/// The shape of a decoder, as a checkpoint's `config.json` describes it; what differs between families is a value here.
public struct ModelConfiguration: Sendable, Hashable {
    /// Whose names the tensors bear, and which norms and projections a layer has.
    public enum Family: String, Sendable, Hashable, CaseIterable {
        case gemma2, llama, qwen2, phi3
    }

    /// The non-linearity of the gated feed-forward layer.
    public enum Activation: String, Sendable, Hashable {
        /// Gaussian error linear unit by its tangent approximation, `gelu_pytorch_tanh`.
        case gelu
        /// Sigmoid linear unit.
        case silu
    }

    /// How rotary frequencies are changed for contexts longer than the model was first trained on.
    public enum RotaryScaling: Sendable, Hashable {
        /// Every frequency divided by a factor.
        case linear(factor: Double)
        /// Llama 3.1's: low frequencies divided, high ones kept, those between interpolated.
        case llama3(factor: Double, lowFrequency: Double, highFrequency: Double, originalPositions: Int)
    }

    /// The family.
    public var family: Family
    /// Tokens in the vocabulary: rows of the embedding.
    public var vocabularySize: Int
    /// The width of the residual stream.
    public var hiddenSize: Int
    /// The width inside the feed-forward layer.
    public var feedForwardSize: Int
    /// How many layers.
    public var layerCount: Int
    /// Query heads.
    public var headCount: Int
    /// Key and value heads, a divisor of `headCount`.
    public var keyValueHeadCount: Int
    /// The width of a head; not always `hiddenSize / headCount`.
    public var headSize: Int
    /// The longest sequence the model knows positions for.
    public var maximumPositions: Int
    /// ε of the root-mean-square norms.
    public var normEpsilon: Double
    /// The feed-forward layer's activation.
    public var activation: Activation
    /// The base of the rotary frequencies.
    public var rotaryBase: Double
    /// How they are scaled, if they are.
    public var rotaryScaling: RotaryScaling?
    /// What a score q·k is multiplied with.
    public var attentionScale: Double
    /// Scores s become cap · tanh(s / cap), where there is a cap.
    public var attentionCap: Double?
    /// Logits become cap · tanh(logit / cap), where there is a cap.
    public var logitCap: Double?
    /// How far back, itself included, a position sees in the layers of `slidingLayers`.
    public var slidingWindow: Int?
    /// Which layers have the sliding window, one entry per layer.
    public var slidingLayers: [Bool]
    /// Whether query, key and value projections have a bias.
    public var hasAttentionBias: Bool
    /// Whether the head's matrix is the embedding's.
    public var tiesEmbeddings: Bool
    /// The token that begins a sequence, if the model has one.
    public var beginToken: Int?
    /// The tokens that end a sequence.
    public var endTokens: [Int]

    /// A configuration of its parts.
    public init(
        family: Family, vocabularySize: Int, hiddenSize: Int, feedForwardSize: Int, layerCount: Int,
        headCount: Int, keyValueHeadCount: Int, headSize: Int, maximumPositions: Int = 8_192,
        normEpsilon: Double = 1e-6, activation: Activation = .silu, rotaryBase: Double = 10_000,
        rotaryScaling: RotaryScaling? = nil, attentionScale: Double? = nil, attentionCap: Double? = nil,
        logitCap: Double? = nil, slidingWindow: Int? = nil, slidingLayers: [Bool]? = nil,
        hasAttentionBias: Bool = false, tiesEmbeddings: Bool = false, beginToken: Int? = nil,
        endTokens: [Int] = []
    ) {
        self.family = family
        self.vocabularySize = vocabularySize
        self.hiddenSize = hiddenSize
        self.feedForwardSize = feedForwardSize
        self.layerCount = layerCount
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.headSize = headSize
        self.maximumPositions = maximumPositions
        self.normEpsilon = normEpsilon
        self.activation = activation
        self.rotaryBase = rotaryBase
        self.rotaryScaling = rotaryScaling
        self.attentionScale = attentionScale ?? 1 / Double(headSize).squareRoot()
        self.attentionCap = attentionCap
        self.logitCap = logitCap
        self.slidingWindow = slidingWindow
        self.slidingLayers = slidingLayers ?? Array(repeating: false, count: layerCount)
        self.hasAttentionBias = hasAttentionBias
        self.tiesEmbeddings = tiesEmbeddings
        self.beginToken = beginToken
        self.endTokens = endTokens
    }
}
