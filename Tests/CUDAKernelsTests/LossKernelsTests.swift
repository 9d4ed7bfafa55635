import Testing

@testable import CUDAKernels
@testable import Tensors

/// Soft caps and cross entropy, compared with the processor's operations.
struct LossKernelsTests {
    private let operations: ProcessorOperations

    init() throws { operations = try ProcessorOperations(threads: 1) }

    @Test func caps() {
        var random = Numbers(21)
        let logits = random.numbers(3, 500, .float32, scale: 100)
        let expected = logits.matrix
        operations.cap(expected, at: 30)
        run(.cap(logits.address, at: 30, count: 1_500), changing: [logits.memory])
        expectClose(logits.numbers, expected.numbers, 1e-6)
    }

    private static let targets = [
        SoftTarget(classes: [2], probabilities: [1], weight: 0.25),
        SoftTarget(
            classes: [0, 1, 2], probabilities: [0.2, 0.3, 0.5], smoothing: 0.1, temperature: 2, weight: 3),
        // The same class twice.
        SoftTarget(classes: [1, 1], probabilities: [0.5, 0.25], weight: 1),
        SoftTarget(classes: [], probabilities: [], smoothing: 1),
    ]

    @Test(arguments: [3, 100, 3_000], [nil, Float(30)]) func crossEntropy(classes: Int, cap: Float?) {
        var random = Numbers(22)
        let rows = Self.targets.count
        for format in [nil, NumberFormat.float32, .bfloat16] {
            let logits = random.numbers(rows, classes, .float32, scale: 20)
            if let cap { run(.cap(logits.address, at: cap, count: rows * classes), changing: []) }
            let expected = logits.matrix
            let losses = operations.crossEntropy(expected, Self.targets, cap: cap)
            let table = TargetTable(
                Self.targets.map { ($0.classes, $0.probabilities, $0.smoothing, $0.temperature, $0.weight) })
            let (starts, places) = (HostMemory(table.starts), HostMemory(table.classes))
            let (probabilities, factors) = (HostMemory(table.probabilities), HostMemory(table.factors))
            let addresses = TargetAddresses(
                starts: starts.address, classes: places.address, probabilities: probabilities.address,
                factors: factors.address, largestCount: table.largestCount)
            let sums = HostMemory([Double](repeating: .nan, count: rows))
            // In place of the logits, or in separate memory.
            let gradients = format.map { HostNumbers($0, rows: rows, columns: classes) } ?? logits
            run(
                .crossEntropy(
                    logits.address, cap: cap, targets: addresses, losses: sums.address,
                    gradients: gradients.device,
                    rows: rows, classes: classes), changing: [gradients.memory, sums])
            for (loss, other) in zip(sums.elements(Double.self), losses) {
                #expect(abs(loss - other) <= 1e-5 * max(1, abs(other)))
            }
            expectClose(gradients.numbers, expected.numbers, format == .bfloat16 ? 0x1p-8 : 1e-5)
        }
    }
}
