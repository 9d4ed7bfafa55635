import Checkpoints
import LanguageModels
import Tensors

/// Small models of random numbers.
enum TinyDecoder {
    static func configuration(_ family: ModelConfiguration.Family) -> ModelConfiguration {
        ModelConfiguration(
            family: family, vocabularySize: 40, hiddenSize: 16, feedForwardSize: 24, layerCount: 2,
            headCount: 4,
            keyValueHeadCount: 2, headSize: 4, maximumPositions: 300,
            activation: family == .gemma2 ? .gelu : .silu, attentionCap: family == .gemma2 ? 5 : nil,
            logitCap: family == .gemma2 ? 6 : nil, slidingWindow: family == .gemma2 ? 3 : nil,
            slidingLayers: [family == .gemma2, false], hasAttentionBias: family == .qwen2,
            tiesEmbeddings: family == .gemma2)
    }

    static let targets: [Projection] = [.query, .value, .attentionOutput, .up, .down]

    /// Numbers within ±`size` that a seed decides.
    static func numbers(_ count: Int, seed: UInt64, size: Float = 1) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Float(state >> 40) * 0x1p-23 - 1) * size
        }
    }

    static func weights(_ configuration: ModelConfiguration, areRounded: Bool = false) throws
        -> DecoderWeights
    {
        var seed: UInt64 = 0
        return try DecoderWeights(configuration) { tensor in
            seed += 1
            let matrix = Matrix(
                rows: tensor.rowCount, columns: tensor.columnCount,
                numbers(tensor.rowCount * tensor.columnCount, seed: seed, size: 0.4))
            return areRounded ? WeightMatrix(BFloat16Matrix(rounding: matrix)) : WeightMatrix(matrix)
        }
    }

    /// A decoder with an adapter, and numbers for it, none of them zero.
    static func adapted(
        _ family: ModelConfiguration.Family = .gemma2, classCount: Int? = nil, dropout: Double = 0,
        areRounded: Bool = false, threads: Int = 1
    ) throws -> (decoder: Decoder, parameters: ParameterVector) {
        let configuration = configuration(family)
        let projections = family == .phi3 ? [.queryKeyValue, .gateUp] : targets
        let decoder = try Decoder(
            configuration, weights: weights(configuration, areRounded: areRounded),
            adapter: AdapterConfiguration(
                rank: 3, alpha: 6, dropout: dropout, targets: projections, classCount: classCount),
            threads: threads)
        var parameters = ParameterVector(zeros: decoder.layout)
        parameters.numbers = numbers(parameters.numbers.count, seed: 77, size: 0.3)
        return (decoder, parameters)
    }

    /// Sequences of lengths around the attention's blocks.
    static let batch = SequenceBatch([
        (0..<70).map { $0 * 17 % 40 }, [3], (0..<9).map { $0 * 5 % 40 },
    ])
}
