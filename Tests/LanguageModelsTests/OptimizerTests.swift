import Checkpoints
import Files
import Testing

@testable import LanguageModels
@testable import Tensors

/// Against torch and bitsandbytes; `References/make_optimizers.py` wrote the file.
@Suite struct OptimizerTests {
    private static let count = 5_000

    private func file(_ path: String = #filePath) throws -> SafetensorsFile {
        try SafetensorsFile(FilePath(path).parent.appending("Fixtures/optimizers.safetensors"))
    }

    /// The same numbers as the script's.
    private func hashed(_ salt: UInt64) -> [Float] {
        (0..<UInt64(Self.count)).map { index in
            var bits = (index &* 2_654_435_761 &+ salt &* 40_503 &* 65_537) & 0xFFFF_FFFF
            bits = (bits ^ (bits >> 15)) &* 2_246_822_519 & 0xFFFF_FFFF
            bits ^= bits >> 13
            return Float(bits >> 8) / Float(1 << 24) - 0.5
        }
    }

    private func gradient(_ step: Int) -> [Float] {
        let scales: [Float] = [1, 0.5, 0.25, 0.0625, 0x1p-5, 0x1p-6, 0]
        let numbers = hashed(UInt64(step + 1))
        return numbers.indices.map { numbers[$0] * scales[($0 / 300 + $0 % 3) % 7] }
    }

    private func train(_ precision: OptimizerOptions.Precision) -> (ParameterVector, OptimizerState) {
        var layout = ParameterLayout()
        layout.append("a.weight", [Self.count])
        var parameters = ParameterVector(zeros: layout)
        parameters.numbers = hashed(0)
        var state = OptimizerState(layout, precision: precision)
        let options = OptimizerOptions(
            precision: precision, learningRate: 1e-2, weightDecay: 0.05, maximumGradientNorm: nil,
            schedule: LearningRateSchedule(.constant))
        for step in 0..<20 {
            var gradients = ParameterVector(zeros: layout)
            gradients.numbers = gradient(step)
            _ = state.update(&parameters, &gradients, options: options, total: 20)
        }
        return (parameters, state)
    }

    @Test func matchesTwentyStepsOfTorchAdamW() throws {
        let file = try file()
        let expected = try file.floats(of: file.required("full.parameters"))
        #expect(distance(train(.full).0.numbers, expected).difference < 1e-6)
    }

    @Test func matchesTwentyStepsOfBitsandbytesAdamW8bit() throws {
        let file = try file()
        func floats(_ name: String) throws -> [Float] { try file.floats(of: file.required(name)) }
        let (parameters, state) = train(.eightBit)
        let expected = try floats("nearest.parameters")
        // A last bit may put a moment on the other side of a middle between two codes.
        #expect(distance(parameters.numbers, expected).difference < 2e-3)
        let far = zip(parameters.numbers, expected).filter { abs($0 - $1) > 1e-5 }
        #expect(far.count <= 20)
        guard case .eightBit(let first, let second) = state.moments[0] else {
            Issue.record("5,000 numbers are kept in 8 bits")
            return
        }
        for (moment, name) in [(first, "nearest.first"), (second, "nearest.second")] {
            let codes = file.bytes(of: try file.required(name))
            let differing = zip(moment.codes, codes).filter { $0 != $1 }
            #expect(differing.count <= 5)
            #expect(differing.allSatisfy { abs(Int($0) - Int($1)) == 1 })
            let scales = try floats(name + ".scales")
            #expect(zip(moment.scales, scales).allSatisfy { abs($0 - $1) <= 1e-6 * $1 })
        }
        // bitsandbytes' code for processors has fewer codes near 0: it is farther from full precision.
        let full = try floats("full.parameters")
        let processor = try floats("processor.parameters")
        #expect(distance(parameters.numbers, full).difference < distance(processor, full).difference)
        #expect(distance(parameters.numbers, processor).difference < 0.04)
    }

    @Test func smallGradientsNextToLargeOnesDoNotDivideByZero() {
        var layout = ParameterLayout()
        layout.append("a.weight", [Self.count])
        var parameters = ParameterVector(zeros: layout)
        var state = OptimizerState(layout, precision: .eightBit)
        let options = OptimizerOptions(
            precision: .eightBit, learningRate: 1e-2, weightDecay: 0, maximumGradientNorm: nil,
            schedule: LearningRateSchedule(.constant))
        for _ in 0..<20 {
            var gradients = ParameterVector(zeros: layout)
            gradients.numbers = (0..<Self.count).map { $0 % 256 == 0 ? 1 : 1e-4 }
            _ = state.update(&parameters, &gradients, options: options, total: 20)
        }
        #expect(parameters.numbers.allSatisfy { abs($0) < 0.3 })
    }

    @Test func smallTensorsStayInFullPrecisionAndNormsAndBiasesDoNotDecay() {
        var layout = ParameterLayout()
        for name in ["a.weight", "a.bias", "norm.weight"] { layout.append(name, [8]) }
        var parameters = ParameterVector(zeros: layout)
        parameters.numbers = Array(repeating: 1, count: 24)
        var state = OptimizerState(layout, precision: .eightBit)
        var gradients = ParameterVector(zeros: layout)
        let options = OptimizerOptions(
            precision: .eightBit, learningRate: 0.5, weightDecay: 0.5,
            schedule: LearningRateSchedule(.constant))
        let (norm, rate) = state.update(&parameters, &gradients, options: options, total: 1)
        #expect(norm == 0 && rate == 0.5)
        #expect(parameters.numbers == Array(repeating: 0.75, count: 8) + Array(repeating: 1, count: 16))
        #expect(state.moments.allSatisfy { if case .full = $0 { true } else { false } })
    }

    @Test func gradientsAreClippedByTheirNormOverAllTensors() {
        var layout = ParameterLayout()
        layout.append("a", [1])
        layout.append("b", [1])
        var parameters = ParameterVector(zeros: layout)
        var gradients = ParameterVector(zeros: layout)
        gradients.numbers = [3, 4]
        var state = OptimizerState(layout, precision: .full)
        let (norm, _) = state.update(
            &parameters, &gradients, options: OptimizerOptions(maximumGradientNorm: 1), total: 1)
        #expect(norm == 5)
        #expect(distance(gradients.numbers, [0.6, 0.8]).difference < 1e-6)
    }

    @Test(arguments: [
        (LearningRateSchedule.Shape.constant, [0, 0.5, 1, 1, 1, 1]),
        (.cosine(), [0, 0.5, 1, 0.853_553_390_593, 0.5, 0.146_446_609_407]),
        (.cosine(cycles: 1), [0, 0.5, 1, 0.5, 0, 0.5]), (.linear(end: 0.2), [0, 0.5, 1, 0.8, 0.6, 0.4]),
        (.polynomial(power: 2, end: 0.1), [0, 0.5, 1, 0.606_25, 0.325, 0.156_25]),
    ])
    func schedulesMatchTransformersFormulas(shape: LearningRateSchedule.Shape, factors: [Double]) {
        for warmUp in [LearningRateSchedule.WarmUp.steps(2), .ratio(0.34)] {
            let schedule = LearningRateSchedule(shape, warmUp: warmUp)
            for (step, factor) in factors.enumerated() {
                #expect(abs(schedule.factor(at: step, of: 6) - factor) < 1e-9, "step \(step)")
            }
        }
        #expect(LearningRateSchedule(shape).factor(at: 0, of: 6) == 1)
    }
}
