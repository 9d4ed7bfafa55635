import Checkpoints
import LanguageModels
import Tensors

/// The shapes of real models.
enum LargeModel: String {
    case gemma2B = "gemma-2b"
    case gemma9B = "gemma-9b"
    case llama8B = "llama-8b"

    var configuration: ModelConfiguration {
        switch self {
        case .gemma2B:
            Self.gemma(hidden: 2_304, feedForward: 9_216, layers: 26, heads: 8, keyHeads: 4, scale: 256)
        case .gemma9B:
            Self.gemma(hidden: 3_584, feedForward: 14_336, layers: 42, heads: 16, keyHeads: 8, scale: 256)
        case .llama8B:
            ModelConfiguration(
                family: .llama, vocabularySize: 128_256, hiddenSize: 4_096, feedForwardSize: 14_336,
                layerCount: 32,
                headCount: 32, keyValueHeadCount: 8, headSize: 128, maximumPositions: 8_192,
                normEpsilon: 1e-5,
                rotaryBase: 500_000)
        }
    }

    private static func gemma(
        hidden: Int, feedForward: Int, layers: Int, heads: Int, keyHeads: Int, scale: Double
    ) -> ModelConfiguration {
        ModelConfiguration(
            family: .gemma2, vocabularySize: 256_000, hiddenSize: hidden, feedForwardSize: feedForward,
            layerCount: layers, headCount: heads, keyValueHeadCount: keyHeads, headSize: 256,
            activation: .gelu,
            attentionScale: 1 / scale.squareRoot(), attentionCap: 50, logitCap: 30, slidingWindow: 4_096,
            slidingLayers: (0..<layers).map { $0 % 2 == 0 }, tiesEmbeddings: true)
    }

    /// The number of weights in projections, each of which costs two operations per token and pass.
    var projectionWeights: Int {
        TensorSpecification.all(of: configuration).filter { $0.role == .projection }.reduce(0) {
            $0 + $1.rowCount * $1.columnCount
        }
    }

    /// Random weights on a device: projections in NF4, the rest in BF16. One tensor at a time is in memory.
    func weights(on operations: some FusedOperations) throws -> DecoderWeights {
        var state: UInt64 = 1
        let block = (0..<(1 << 20)).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        func bytes(_ count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count)
            while bytes.count < count { bytes += block.prefix(count - bytes.count) }
            return bytes
        }
        return try DecoderWeights(configuration) { tensor in
            let count = tensor.rowCount * tensor.columnCount
            switch tensor.role {
            case .norm, .bias: return WeightMatrix(Matrix(rows: 1, columns: count, filledWith: 0.01))
            case .projection:
                let blocks = count / 64
                // Scales about those of weights with a standard deviation of 0.02.
                guard
                    let scales = BlockScales(
                        codes: bytes(blocks),
                        groupScales: Array(repeating: 0.005, count: (blocks + 255) / 256),
                        offset: 0.05),
                    let matrix = NF4Matrix(
                        rows: tensor.rowCount, columns: tensor.columnCount, codes: bytes(count / 2),
                        scales: scales)
                else { fatalError("the parts match the shape") }
                return operations.weight(WeightMatrix(matrix))
            case .embedding, .head:
                // ±0.02 or so: a sign, and the seven lowest bits of the fraction.
                let bits = bytes(count).map { UInt16(0x3C80) | UInt16($0 & 0x80) << 8 | UInt16($0 & 0x7F) }
                return operations.weight(
                    WeightMatrix(
                        BFloat16Matrix(rows: tensor.rowCount, columns: tensor.columnCount, bits: bits)))
            }
        }
    }
}
