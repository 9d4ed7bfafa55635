import Testing

@testable import CUDAKernels
@testable import Tensors

/// Optimizer steps: the same bits as on the processor.
struct OptimizingKernelsTests {
    private let rate = 1e-3
    private let decay = 0.1

    private func factors(step: Int) -> MomentFactors {
        // As `MomentStep` computes them.
        func power(_ base: Double) -> Double { (0..<step).reduce(1.0) { product, _ in product * base } }
        return MomentFactors(
            beta1: 0.9, beta2: 0.999, rest1: Float(1 - 0.9), rest2: Float(1 - 0.999),
            kept: Float(1 - rate * decay),
            stepSize: Float(rate / (1 - power(0.9))), rootCorrection: Float((1 - power(0.999)).squareRoot()),
            epsilon: 1e-8)
    }

    private func kernel(step: Int) -> MomentStep {
        MomentStep(
            step: step, learningRate: rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: decay)
    }

    @Test func fullPrecision() {
        var random = Numbers(31)
        let count = 1_000
        var parameters = random.uniform(count)
        let memory = HostMemory(parameters)
        var (first, second) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
        let (firsts, seconds) = (HostMemory(first), HostMemory(second))
        for step in 1...2 {
            let gradients = random.uniform(count, scale: 1e-2)
            kernel(step: step).update(&parameters, gradients, in: 0..<count, first: &first, second: &second)
            let numbers = HostMemory(gradients)
            run(
                .adamW(
                    parameters: memory.address, gradients: numbers.address, first: firsts.address,
                    second: seconds.address, count: count, factors(step: step)),
                changing: [memory, firsts, seconds])
            expectSame(memory.elements(Float.self), parameters)
            #expect(firsts.elements(Float.self) == first && seconds.elements(Float.self) == second)
        }
    }

    @Test func eightBits() {
        var random = Numbers(32)
        // Three blocks, the last of which is short, and one without gradients.
        let count = 1_000
        var parameters = random.uniform(count)
        let memory = HostMemory(parameters)
        var (first, second) = (QuantizedMoment(zeros: count), QuantizedMoment(zeros: count))
        let firstCodes = HostMemory(first.codes)
        let firstScales = HostMemory(first.scales)
        let secondCodes = HostMemory(second.codes)
        let secondScales = HostMemory(second.scales)
        let signedCode = HostMemory(DynamicCode.signed.values)
        let unsignedCode = HostMemory(DynamicCode.unsigned.values)
        for step in 1...3 {
            var gradients = random.uniform(count, scale: 1e-2)
            for index in 256..<512 { gradients[index] = 0 }
            kernel(step: step).update(&parameters, gradients, in: 0..<count, first: &first, second: &second)
            let numbers = HostMemory(gradients)
            run(
                .adamW8(
                    parameters: memory.address, gradients: numbers.address, firstCodes: firstCodes.address,
                    firstScales: firstScales.address, secondCodes: secondCodes.address,
                    secondScales: secondScales.address, signedCode: signedCode.address,
                    unsignedCode: unsignedCode.address, count: count, factors(step: step)),
                changing: [memory, firstCodes, firstScales, secondCodes, secondScales])
            expectSame(memory.elements(Float.self), parameters)
            #expect(firstCodes.bytes == first.codes && firstScales.elements(Float.self) == first.scales)
            #expect(secondCodes.bytes == second.codes && secondScales.elements(Float.self) == second.scales)
        }
    }

    /// Sums of squares in double precision, and clipping by them.
    @Test(arguments: [0.5, 1e3]) func clipping(limit: Double) {
        var random = Numbers(33)
        let parts = [random.uniform(5_000), random.uniform(3)]
        let partial = HostMemory(bytes: KernelLaunch.partialCount * 8)
        let sum = HostMemory([Double(0)])
        let memories = parts.map { HostMemory($0) }
        for (part, memory) in zip(parts, memories) {
            run(
                .sumOfSquares(memory.address, count: part.count, partial: partial.address),
                .sumPartial(partial.address, of: part.count, into: sum.address, adding: true), changing: [sum]
            )
        }
        let norm = MomentStep.norm(parts.flatMap { $0 })
        #expect(abs(sum.elements(Double.self)[0].squareRoot() - norm) <= 1e-12 * norm)
        for (part, memory) in zip(parts, memories) {
            run(
                .clip(memory.address, count: part.count, sumOfSquares: sum.address, limit: limit),
                changing: [memory])
            let factor = Float(limit / (norm + 1e-6))
            expectSame(memory.elements(Float.self), (norm > limit ? part.map { $0 * factor } : part))
        }
    }

    @Test(arguments: [0, Float(1)]) func perturbation(scale: Float) {
        var random = Numbers(34)
        let count = 700
        let weights = random.uniform(count)
        let gradients = random.uniform(count, scale: scale)
        let (weightMemory, gradientMemory) = (HostMemory(weights), HostMemory(gradients))
        let moved = HostMemory(bytes: count * 4)
        let squares = [gradients, weights].map { $0.reduce(0.0) { $0 + Double($1) * Double($1) } }
        let sums = HostMemory(squares)
        run(
            .perturb(
                weightMemory.address, along: gradientMemory.address, into: moved.address, count: count,
                squares: sums.address, rate: 0.1, epsilon: 1e-2), changing: [moved])
        let factor = Float(0.1 / (squares[0].squareRoot() + 1e-6) * (squares[1].squareRoot() + 1e-6))
        let expected = zip(weights, gradients).map { weight, gradient in
            let room = Float(1e-2) * abs(weight)
            return min(max(weight + factor * gradient, weight - room), weight + room)
        }
        expectSame(moved.elements(Float.self), (scale == 0 ? weights : expected))
    }
}
