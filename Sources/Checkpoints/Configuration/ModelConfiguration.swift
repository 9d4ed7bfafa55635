/// The architecture of a decoder, as described by a checkpoint's `config.json`; differences between families are values
/// here.
public struct ModelConfiguration: Sendable, Hashable {
    /// Determines the names of the tensors, and the norms and projections of a layer.
    public enum Family: String, Sendable, Hashable, CaseIterable {
        case gemma2
        case gemma3 = "gemma3_text"
        case llama, mistral, phi3, qwen2, qwen3

        /// Whether norms multiply by one plus their weight, and are before and after each part of a layer, and embeddings are
        /// multiplied by the square root of their width.
        public var isGemma: Bool { self == .gemma2 || self == .gemma3 }

        /// Whether each head of queries and keys has a norm.
        public var hasHeadNorms: Bool { self == .gemma3 || self == .qwen3 }
    }

    /// The activation function of the gated feed-forward layer.
    public enum Activation: String, Sendable, Hashable {
        /// The tanh approximation of the Gaussian error linear unit, `gelu_pytorch_tanh`.
        case gelu
        /// Sigmoid linear unit.
        case silu
    }

    /// How rotary frequencies are adapted to contexts longer than those of the original training.
    public enum RotaryScaling: Sendable, Hashable {
        /// Every frequency divided by a factor.
        case linear(factor: Double)
        /// Llama 3.1's scaling: low frequencies are divided, high ones kept, and those in between interpolated.
        case llama3(factor: Double, lowFrequency: Double, highFrequency: Double, originalPositions: Int)
    }

    /// The family.
    public var family: Family
    /// The number of tokens in the vocabulary, and of rows of the embedding.
    public var vocabularySize: Int
    /// The width of the residual stream.
    public var hiddenSize: Int
    /// The width inside the feed-forward layer.
    public var feedForwardSize: Int
    /// The number of layers.
    public var layerCount: Int
    /// The number of query heads.
    public var headCount: Int
    /// The number of key and value heads, a divisor of `headCount`.
    public var keyValueHeadCount: Int
    /// The width of a head; not always `hiddenSize / headCount`.
    public var headSize: Int
    /// The maximum sequence length.
    public var maximumPositions: Int
    /// ε of the root-mean-square norms.
    public var normEpsilon: Double
    /// The feed-forward layer's activation.
    public var activation: Activation
    /// The base of the rotary frequencies.
    public var rotaryBase: Double
    /// How they are scaled, if at all.
    public var rotaryScaling: RotaryScaling?
    /// The base of the rotary frequencies in layers with a sliding window, if it differs; it is never scaled.
    public var slidingRotaryBase: Double?
    /// The factor for a score q·k.
    public var attentionScale: Double
    /// Scores s become cap · tanh(s / cap), if there is a cap.
    public var attentionCap: Double?
    /// Logits become cap · tanh(logit / cap), if there is a cap.
    public var logitCap: Double?
    /// In the layers of `slidingLayers`, the number of positions that a position attends to, including itself.
    public var slidingWindow: Int?
    /// Whether each layer has the sliding window.
    public var slidingLayers: [Bool]
    /// Whether query, key and value projections have a bias.
    public var hasAttentionBias: Bool
    /// Whether the head shares the embedding's matrix.
    public var tiesEmbeddings: Bool
    /// The token that begins a sequence, if the model has one.
    public var beginToken: Int?
    /// The tokens that end a sequence.
    public var endTokens: [Int]

    /// A configuration from its parts.
    public init(
        family: Family, vocabularySize: Int, hiddenSize: Int, feedForwardSize: Int, layerCount: Int,
        headCount: Int, keyValueHeadCount: Int, headSize: Int, maximumPositions: Int = 8_192,
        normEpsilon: Double = 1e-6, activation: Activation = .silu, rotaryBase: Double = 10_000,
        rotaryScaling: RotaryScaling? = nil, slidingRotaryBase: Double? = nil,
        attentionScale: Double? = nil, attentionCap: Double? = nil, logitCap: Double? = nil,
        slidingWindow: Int? = nil, slidingLayers: [Bool]? = nil,
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
        self.slidingRotaryBase = slidingRotaryBase
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
