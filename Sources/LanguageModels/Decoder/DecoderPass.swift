internal import Checkpoints
internal import Tensors

/// A batch on its way through a model, with everything that all layers need to know about it.
struct DecoderPass {
    let model: DecoderModel
    let operations: any FusedOperations
    let batch: SequenceBatch
    /// The positions at which the last layer's hidden states are requested, ascending.
    let wanted: [Int]
    /// All positions.
    let positions: [Int]
    /// The position of each token within its sequence.
    let places: [Int]
    /// The angles of layers with full attention, and of layers with a sliding window, which may differ.
    private let angles: RotaryAngles
    private let slidingAngles: RotaryAngles
    /// The prefix before each sequence, for predictions.
    let prefix: DecoderPrefix?

    var configuration: ModelConfiguration { model.configuration }

    init(
        _ model: DecoderModel, _ operations: any FusedOperations, _ batch: SequenceBatch, wanted: [Int],
        after prefix: DecoderPrefix? = nil
    ) {
        self.model = model
        self.operations = operations
        self.batch = batch
        self.wanted = wanted
        positions = Array(batch.tokens.indices)
        self.prefix = prefix
        let before = prefix?.tokens.count ?? 0
        places = (0..<batch.count).flatMap { Array(before..<(before + batch.positions(of: $0).count)) }
        let configuration = model.configuration
        let count = (places.max() ?? 0) + 1
        func angles(isSliding: Bool) -> RotaryAngles {
            RecentAngles.angles(configuration.rotaryFrequencies(isSliding: isSliding), positions: count)
        }
        self.angles = angles(isSliding: false)
        slidingAngles = configuration.slidingRotaryBase == nil ? self.angles : angles(isSliding: true)
    }

    /// The angles by which a layer's queries and keys are rotated.
    func angles(of layer: Int) -> RotaryAngles {
        configuration.slidingLayers[layer] ? slidingAngles : angles
    }

    /// The rows at which a layer's output is needed: all, except in the last layer.
    func rows(of layer: Int) -> [Int]? {
        layer == model.layers.count - 1 && wanted.count < batch.tokens.count ? wanted : nil
    }

    /// Each sequence's queries and keys, if queries are only at `rows`, ascending; nil for all rows.
    func spans(_ rows: [Int]?) -> [AttentionSpan] {
        let before = prefix?.tokens.count ?? 0
        var first = 0
        return (0..<batch.count).map { sequence in
            let range = batch.positions(of: sequence)
            let start = range.lowerBound + sequence * before
            let keys = start..<(start + before + range.count)
            guard let rows else {
                return AttentionSpan(queries: range, keys: keys, places: Array(before..<keys.count))
            }
            var end = first
            while end < rows.count && rows[end] < range.upperBound { end += 1 }
            defer { first = end }
            return AttentionSpan(
                queries: first..<end, keys: keys,
                places: rows[first..<end].map { $0 - range.lowerBound + before })
        }
    }

    /// Keys and values, with those of the prefix before each sequence's own.
    func withPrefix(_ keysValues: Matrix, of layer: Int) -> Matrix {
        guard let prefix else { return keysValues }
        return operations.prepend(prefix.keysValues[layer], to: keysValues, starts: batch.starts)
    }

    func attentionShape(of layer: Int) -> AttentionShape {
        AttentionShape(
            headCount: configuration.headCount, keyHeadCount: configuration.keyValueHeadCount,
            headSize: configuration.headSize, scale: Float(configuration.attentionScale),
            cap: configuration.attentionCap.map { Float($0) },
            window: configuration.slidingLayers[layer] ? configuration.slidingWindow : nil)
    }

    var activation: GateActivation { configuration.activation == .gelu ? .gelu : .silu }

    /// A matrix with a norm applied, as a new matrix.
    func normalized(_ x: Matrix, _ norm: DecoderLayer.Norm) -> Matrix {
        let y = operations.matrix(rows: x.rowCount, columns: x.columnCount, .compact)
        operations.normalize(
            x, gain: norm.gain, epsilon: Float(configuration.normEpsilon), adding: false, into: y)
        return y
    }

    /// The embeddings of all tokens: the first layer's input.
    func embedded() -> Matrix {
        operations.embed(batch.tokens, model.embedding, scale: model.embeddingScale)
    }
}
