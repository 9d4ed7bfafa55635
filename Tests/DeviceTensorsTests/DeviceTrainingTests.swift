import CUDA
import Checkpoints
import DeviceTensors
import Files
import HostTwin
import LanguageModels
import Tensors
import TestSupport
import Testing

/// Training runs whose parameters and optimizer state stay on the device.
@Suite struct DeviceTrainingTests {
    private static func trainer(
        on operations: DeviceOperations?, precision: OptimizerOptions.Precision = .full,
        _ change: (inout TrainingOptions) -> Void = { _ in }
    ) throws -> Trainer {
        let model = SmallDecoder(.gemma2, dropout: 0.1, targets: [.query, .up])
        let loss = LossOptions(options: [10, 11, 12], endToken: 2)
        // What a row's first token says about its label can be learned.
        func row(_ index: Int) -> (prompt: [Int], label: Int) {
            let label = index % 3
            return ([20 + label] + (0..<(4 + index % 5)).map { ($0 * 7 + index * 13) % 90 }, label)
        }
        let examples = try (0..<12).map { index in
            TrainingExample([try loss.sequence(prompt: row(index).prompt, label: row(index).label)])
        }
        let evaluation = (12..<18).map { index in
            TrainingExample([loss.evaluation(prompt: row(index).prompt, label: row(index).label)])
        }
        var options = TrainingOptions(
            seed: 7, epochs: 1.5, examplesPerStep: 3, tokensPerPass: 20,
            optimizer: OptimizerOptions(precision: precision, learningRate: 5e-3), stepsPerEvaluation: 2,
            stepsPerSave: 1)
        change(&options)
        return try Trainer(
            options, decoder: model.decoder(on: operations), examples: examples,
            evaluationExamples: evaluation)
    }

    private static var device: DeviceOperations { DeviceOperations(HostTwin()) }

    private struct Stop: Error {}

    @Test(arguments: OptimizerOptions.Precision.allCases) func lossesAreThoseOfTheProcessor(
        precision: OptimizerOptions.Precision
    ) throws {
        let processor = try Self.trainer(on: nil, precision: precision)
        let device = try Self.trainer(on: Self.device, precision: precision)
        var expected = processor.initialState()
        var state = device.initialState()
        try processor.train(&expected)
        try device.train(&state)
        #expect(state.step == 6 && expected.step == 6)
        for (own, other) in zip(state.steps, expected.steps) {
            #expect(abs(own.loss - other.loss) < 0.02 * max(1, other.loss))
            #expect(abs(own.gradientNorm - other.gradientNorm) < 0.05 * other.gradientNorm)
            #expect(own.learningRate == other.learningRate)
        }
        for (own, other) in zip(state.evaluations, expected.evaluations) {
            #expect(own.step == other.step && abs(own.loss - other.loss) < 0.02)
        }
        // It learns, and the state that comes back is the trained one.
        #expect((state.steps.last?.loss ?? 9) < (state.steps.first?.loss ?? 0))
        #expect(state.parameters != device.initialState().parameters)
        #expect(try device.evaluate(state.parameters) == state.evaluations.last?.loss)
        #expect(try device.evaluate(state.result(keepsBest: true)) == state.bestEvaluation?.loss)
    }

    @Test(arguments: OptimizerOptions.Precision.allCases, [1, 4]) func interruptedTrainingEndsWithTheSameBits(
        precision: OptimizerOptions.Precision, step: Int
    ) throws {
        let trainer = try Self.trainer(on: Self.device, precision: precision)
        var whole = trainer.initialState()
        try trainer.train(&whole)
        try withTemporaryFolder { folder in
            var state = trainer.initialState()
            #expect(throws: Stop.self) {
                try trainer.train(&state) {
                    if $0.step == step { throw Stop() }
                } save: {
                    try $0().save(to: folder, identity: "a")
                }
            }
            // Another process, with its own device.
            let other = try Self.trainer(on: Self.device, precision: precision)
            var resumed = try #require(
                try TrainingState.saved(
                    in: folder, identity: "a", layout: other.decoder.layout, precision: precision))
            #expect(resumed == state && resumed.step == step)
            try other.train(&resumed)
            #expect(resumed == whole)
        }
    }

    @Test func theAdversaryIsThatOfTheProcessor() throws {
        func losses(_ operations: DeviceOperations?, rate: Double) throws -> [Double] {
            let trainer = try Self.trainer(on: operations) {
                $0.adversary = TrainingOptions.Adversary(learningRate: rate, epsilon: 0.5)
            }
            var state = trainer.initialState()
            try trainer.train(&state)
            return state.steps.map(\.gradientNorm)
        }
        let expected = try losses(nil, rate: 0.5)
        let own = try losses(Self.device, rate: 0.5)
        #expect(zip(own, expected).allSatisfy { abs($0 - $1) < 0.1 * $1 })
        // Both gradients are added, so the first step's norm is about twice that without an adversary.
        #expect(try own[0] > 1.5 * losses(Self.device, rate: 0)[0])
    }

    @Test func aFailureIsThrownOnceAndLeavesTheStateAsItWas() throws {
        let twin = HostTwin()
        let trainer = try Self.trainer(on: DeviceOperations(twin))
        var state = trainer.initialState()
        let before = state
        twin.remainingCalls = 600
        let error = #expect(throws: DeviceError.self) { try trainer.train(&state) }
        #expect(error?.message.contains("as requested by a test") == true)
        #expect(state == before)
    }

    @Test func tooLittleMemoryIsAnErrorThatSaysSo() throws {
        let large = HostTwin()
        var state = try Self.trainer(on: DeviceOperations(large)).initialState()
        try Self.trainer(on: DeviceOperations(large)).train(&state)
        let trainer = try Self.trainer(on: DeviceOperations(HostTwin(memory: large.peakMemory() / 2)))
        state = trainer.initialState()
        let error = #expect(throws: DeviceError.self) { try trainer.train(&state) }
        #expect(error?.message.contains("out of memory") == true)
    }

    @Test func allMemoryIsReleased() throws {
        let twin = HostTwin()
        do {
            let trainer = try Self.trainer(on: DeviceOperations(twin))
            var state = trainer.initialState()
            try trainer.train(&state)
            #expect(twin.blockCount > 0)
        }
        #expect(twin.blockCount == 0)
    }
}
