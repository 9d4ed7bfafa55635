import Checkpoints
import DeviceTensors
import HostTwin
import LanguageModels
import Tensors

/// A small model of random numbers, on the processor and on a device.
struct SmallDecoder {
    let configuration: ModelConfiguration
    let adapter: AdapterConfiguration
    /// In what format projections are.
    var storage = DecoderWeights.Precision.bfloat16

    /// A model of a family, with heads of a size.
    init(
        _ family: ModelConfiguration.Family, headSize: Int = 16, dropout: Double = 0, classCount: Int? = nil,
        targets: [Projection]? = nil
    ) {
        let isGemma = family.isGemma
        configuration = ModelConfiguration(
            family: family, vocabularySize: 96, hiddenSize: 64, feedForwardSize: 96, layerCount: 2,
            headCount: 4, keyValueHeadCount: 2, headSize: headSize, maximumPositions: 300,
            activation: isGemma ? .gelu : .silu, attentionCap: family == .gemma2 ? 5 : nil,
            logitCap: family == .gemma2 ? 6 : nil, slidingWindow: isGemma ? 7 : nil,
            slidingLayers: [isGemma, false], hasAttentionBias: family == .qwen2, tiesEmbeddings: isGemma)
        adapter = AdapterConfiguration(
            rank: 8, alpha: 16, dropout: dropout, targets: targets ?? configuration.projections,
            classCount: classCount)
    }

    /// Numbers within ±`size` that a seed decides.
    static func numbers(_ count: Int, seed: UInt64, size: Float) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Float(state >> 40) * 0x1p-23 - 1) * size
        }
    }

    /// The decoder, on the processor or on a device; both read the same numbers.
    func decoder(on operations: (any FusedOperations)? = nil) throws -> Decoder {
        var seed: UInt64 = 0
        let weights = try DecoderWeights(configuration) { tensor in
            seed += 1
            let numbers = Self.numbers(tensor.rowCount * tensor.columnCount, seed: seed, size: 0.15)
            let matrix = Matrix(rows: tensor.rowCount, columns: tensor.columnCount, numbers)
            guard tensor.shape.count > 1 else { return WeightMatrix(matrix) }
            let weight =
                storage == .nf4 && tensor.role == .projection
                ? WeightMatrix(
                    NF4Matrix(quantizing: numbers, rows: tensor.rowCount, columns: tensor.columnCount))
                : WeightMatrix(BFloat16Matrix(rounding: matrix))
            return operations?.weight(weight) ?? weight
        }
        return try Decoder(configuration, weights: weights, adapter: adapter, on: operations)
    }

    /// The same decoder on the processor and on the GPU's twin.
    func pair() throws -> (processor: Decoder, device: Decoder) {
        (try decoder(), try decoder(on: DeviceOperations(HostTwin())))
    }

    /// Adapter parameters, none of them zero.
    func parameters(of decoder: Decoder) -> ParameterVector {
        var parameters = ParameterVector(zeros: decoder.layout)
        parameters.numbers = Self.numbers(parameters.numbers.count, seed: 77, size: 0.1)
        return parameters
    }

    /// Sequences of lengths around the attention's tiles.
    static let batch = SequenceBatch([
        (0..<70).map { $0 * 17 % 96 }, [3], (0..<9).map { $0 * 5 % 96 },
    ])

    /// Targets of every kind at some positions.
    static let targets = [
        Target(position: 30, weight: 0.5, kind: .token(7, smoothing: 0.1)),
        Target(position: 69, kind: .options([4, 9, 11], probabilities: [0.2, 0.5, 0.3])),
        Target(position: 70, kind: .token(1)),
        Target(
            position: 79, weight: 2,
            kind: .distribution([1, 2], probabilities: [0.75, 0.25], temperature: 1.5)),
    ]
}

/// ‖a − b‖ / ‖b‖.
func distance(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Double {
    var difference = 0.0
    var size = 0.0
    for (x, y) in zip(a, b) {
        difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
        size += Double(y) * Double(y)
    }
    return size == 0 ? difference.squareRoot() : (difference / size).squareRoot()
}
