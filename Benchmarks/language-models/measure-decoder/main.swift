import Checkpoints
import Foundation
import LanguageModels
import Tensors

// Times training steps and predictions of a random model, and prints what they took as JSON:
//
//     measure-decoder VOCABULARY THREADS STEPS [PASS [STORAGE]]
//
// A Gemma-2 of hidden size 512 with 8 layers, one sequence of 1,024 tokens, adapters of rank 32 on q, k, v and o, and the loss
// of the last token alone. PASS is `step` (the default), `predict`, or `pretrain`: a step of every number, with the loss of
// every token. STORAGE is what frozen matrices are kept as: `float32` (the default), `bfloat16` or `nf4`.

let arguments = CommandLine.arguments.dropFirst().map { $0 }
guard arguments.count >= 3, let vocabulary = Int(arguments[0]), let threads = Int(arguments[1]),
    let steps = Int(arguments[2])
else { fatalError("measure-decoder VOCABULARY THREADS STEPS [step|predict|pretrain [float32|bfloat16|nf4]]") }
let pass = arguments.count > 3 ? arguments[3] : "step"
let storage = arguments.count > 4 ? arguments[4] : "float32"

let length = 1_024
let configuration = ModelConfiguration(
    family: .gemma2, vocabularySize: vocabulary, hiddenSize: 512, feedForwardSize: 2_048, layerCount: 8,
    headCount: 8, keyValueHeadCount: 4, headSize: 64, maximumPositions: 4_096, activation: .gelu,
    attentionScale: 1 / 8, attentionCap: 50, logitCap: 30, slidingWindow: 4_096,
    slidingLayers: (0..<8).map { $0 % 2 == 0 }, tiesEmbeddings: true)

/// Small numbers that differ.
func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    var state: UInt32 = 1
    return Matrix(rows: rows, columns: columns) { numbers in
        for index in numbers.indices {
            state = state &* 1_664_525 &+ 1_013_904_223
            numbers[index] = (Float(state >> 8) / 0x1p24 - 0.5) * 0.08
        }
    }
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    let duration = ContinuousClock.now - start
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// The most memory that the process has had, in bytes.
func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return (Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0) * 1_024
}

let weights = try DecoderWeights(configuration) { tensor in
    let matrix = matrix(tensor.rowCount, tensor.columnCount)
    switch storage {
    case "bfloat16": return WeightMatrix(BFloat16Matrix(rounding: matrix))
    case "nf4" where tensor.role == .projection:
        return WeightMatrix(
            NF4Matrix(
                quantizing: matrix.numbers, rows: matrix.rowCount, columns: matrix.columnCount,
                threads: threads))
    default: return WeightMatrix(matrix)
    }
}
let adapter = AdapterConfiguration(
    rank: 32, alpha: 64, targets: [.query, .key, .value, .attentionOutput])
let decoder =
    pass == "pretrain"
    ? Decoder(training: configuration, threads: threads)
    : try Decoder(configuration, weights: weights, adapter: adapter, threads: threads)
let parameters = decoder.initialParameters(seed: 1)
let batch = SequenceBatch([(0..<length).map { ($0 * 7_919) % vocabulary }])
let label = Target(position: length - 2, kind: .token(vocabulary / 2))
let targets =
    pass == "pretrain"
    ? (0..<length - 1).map { Target(position: $0, kind: .token(batch.tokens[$0 + 1])) } : [label]
var gradients = ParameterVector(zeros: decoder.layout)

/// Processor seconds of all threads.
func processorSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

var times: [Double] = []
var started = 0.0
var result = 0.0
for step in 0..<(steps + 1) {
    if step == 1 { started = processorSeconds() }
    times.append(
        try seconds {
            if pass == "predict" {
                result = Double(
                    try decoder.logits(
                        batch, at: batch.lastPositions, tokens: [1, 2, 3], parameters: parameters
                    )
                    .numbers[0])
            } else {
                result =
                    try decoder.lossAndGradients(
                        batch, targets: targets, parameters: parameters, addingTo: &gradients
                    ).loss
            }
        })
}
// The first one finds no memory and no machine code ready.
let sorted = times.dropFirst().sorted()
print(
    """
    {"library": "\(try ProcessorOperations(threads: 1).productLibrary)", "first": \(times[0]), "best": \(sorted[0]), \
    "median": \(sorted[sorted.count / 2]), "processor": \((processorSeconds() - started) / Double(steps)), "peak": \(peakMemory()), "result": \(result)}
    """)
