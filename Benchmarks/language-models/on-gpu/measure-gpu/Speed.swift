import CUDA
import CUDAKernels
import Checkpoints
import DeviceTensors
import Foundation
import LanguageModels
import Tensors

/// How long training steps and predictions of a large model take.
struct Speed {
    let model: LargeModel
    let tokensPerPass: Int
    let steps: Int
    let device: GPU
    let operations: DeviceOperations

    /// Rows of 300 to 2,000 tokens, the same as those of `peers.py`.
    static func lengths(_ count: Int) -> [Int] { (0..<count).map { 300 + ($0 * 797) % 1_701 } }

    private func prompt(_ row: Int, _ length: Int) -> [Int] {
        (0..<length).map { ($0 * 7_919 + row * 104_729) % model.configuration.vocabularySize }
    }

    private func decoder() throws -> Decoder {
        let configuration = model.configuration
        return try Decoder(
            configuration, weights: model.weights(on: operations),
            adapter: AdapterConfiguration(
                rank: 32, alpha: 64, dropout: 0.05, targets: configuration.projections.filter(\.isAttention)),
            on: operations)
    }

    func train() throws {
        let loss = LossOptions(options: [10, 11, 12], endToken: 1)
        let examples = try Self.lengths(16).enumerated().map {
            TrainingExample([try loss.sequence(prompt: prompt($0, $1), label: $0 % 3)])
        }
        var options = TrainingOptions(
            epochs: Double(steps), examplesPerStep: 16, tokensPerPass: tokensPerPass,
            optimizer: OptimizerOptions(precision: .eightBit))
        options.keepsBest = false
        let trainer = try Trainer(options, decoder: decoder(), examples: examples)
        var state = trainer.initialState()
        var times = [ContinuousClock.now]
        try trainer.train(&state) { _ in times.append(.now) }
        report(
            "train", times, tokens: examples.reduce(0) { $0 + $1.tokenCount }, passes: 2,
            state.steps.map(\.loss))
    }

    func predict() throws {
        let decoder = try decoder()
        let parameters = try decoder.placed(decoder.initialParameters(seed: 1))
        let rows = Self.lengths(32).enumerated().map { prompt($0, $1) }.sorted { $0.count > $1.count }
        var batches: [[[Int]]] = [[]]
        for row in rows {
            if batches[batches.count - 1].reduce(0, { $0 + $1.count }) + row.count > tokensPerPass {
                batches.append([])
            }
            batches[batches.count - 1].append(row)
        }
        var times = [ContinuousClock.now]
        var results: [Double] = []
        for _ in 0..<steps {
            for batch in batches.filter({ !$0.isEmpty }) {
                let sequences = SequenceBatch(batch)
                let logits = try decoder.logits(
                    sequences, at: sequences.lastPositions, tokens: [10, 11, 12], parameters: parameters)
                results.append(Double(logits.numbers[0]))
            }
            times.append(.now)
        }
        report("predict", times, tokens: rows.reduce(0) { $0 + $1.count }, passes: 1, results)
    }

    /// The first step is left out: it compiles kernels and chooses algorithms.
    private func report(
        _ what: String, _ times: [ContinuousClock.Instant], tokens: Int, passes: Int, _ results: [Double]
    ) {
        let seconds = zip(times, times.dropFirst()).map { pair -> Double in
            let duration = pair.1 - pair.0
            return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        }
        let best = seconds.dropFirst().min() ?? seconds[0]
        // Forward, and backward without the gradients of frozen weights.
        let operations = Double(2 * passes * tokens) * Double(model.projectionWeights)
        let peak = (try? device.peakMemory()) ?? 0
        print(
            """
            {"model": "\(model.rawValue)", "what": "\(what)", "device": "\(device.name)", "tokens": \(tokens), "tokensPerPass": \
            \(tokensPerPass), "seconds": \(seconds), "tokensPerSecond": \(Double(tokens) / best), "teraflops": \
            \(operations / best * 1e-12), "peakBytes": \(peak), "results": \(results.prefix(4).map { $0 })}
            """)
    }
}

/// The rate of products alone.
struct ProductSpeed {
    let device: GPU

    func run() throws {
        let size = 8_192
        let bytes = size * size * 2
        let (a, b, d) = (try device.allocate(bytes), try device.allocate(bytes), try device.allocate(bytes))
        var state: UInt64 = 1
        let numbers = (0..<size * size).map { _ -> UInt16 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt16(0x3C80) | UInt16(truncatingIfNeeded: state >> 48) & 0x807F
        }
        try device.upload(numbers, to: a)
        try device.upload(numbers, to: b)
        let product = DeviceProduct(
            rows: size, columns: size, inner: size, .init(a, stride: size),
            .init(b, stride: size, transposed: true),
            into: .init(address: d, format: .bfloat16), stride: size)
        for _ in 0..<3 { try device.multiply(product) }
        try device.wait()
        let start = ContinuousClock.now
        for _ in 0..<20 { try device.multiply(product) }
        try device.wait()
        let duration = ContinuousClock.now - start
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        print("{\"what\": \"products\", \"teraflops\": \(20 * 2 * pow(Double(size), 3) / seconds * 1e-12)}")
    }
}
