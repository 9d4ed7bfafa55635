import Checkpoints
import Files
import Glibc
import TestSupport
import Testing

@testable import LanguageModels

@Suite struct TrainerTests {
    /// A training of a tiny adapter with all that has a state: dropout, orders, moments, evaluations and a best model.
    static func trainer(
        threads: Int = 1, precision: OptimizerOptions.Precision = .full,
        _ change: (inout TrainingOptions) -> Void = { _ in }
    ) throws -> Trainer {
        let reference = try DecoderReference("gemma2")
        let adapter = AdapterConfiguration(
            rank: 4, alpha: 8, dropout: 0.1, targets: reference.configuration.projections)
        let decoder = try Decoder(
            reference.configuration, weights: reference.weights, adapter: adapter, threads: threads)
        let loss = LossOptions(options: [10, 11, 12], endToken: 2)
        let rows = try TrainingRows().rows
        // Both orientations of a row in a step.
        let examples = try rows[..<20].map { row in
            TrainingExample([
                try loss.sequence(prompt: row.prompt, label: row.label),
                try loss.sequence(prompt: row.prompt.reversed(), label: [1, 0, 2][row.label]),
            ])
        }
        let evaluation = rows[20...].map {
            TrainingExample([loss.evaluation(prompt: $0.prompt, label: $0.label)])
        }
        var options = TrainingOptions(
            seed: 7, epochs: 1.5, examplesPerStep: 3, tokensPerPass: 100,
            optimizer: OptimizerOptions(precision: precision, learningRate: 2e-2), stepsPerEvaluation: 2,
            stepsPerSave: 1)
        change(&options)
        return try Trainer(options, decoder: decoder, examples: examples, evaluationExamples: evaluation)
    }

    private struct Stop: Error {}

    @Test func learnsTheSameOnAnyNumberOfThreads() throws {
        let trainer = try Self.trainer()
        #expect(trainer.stepCount == 10)
        var state = trainer.initialState()
        var progress: [TrainingProgress] = []
        try trainer.train(&state) { progress.append($0) }
        #expect(progress.map(\.step) == Array(1...10))
        #expect(progress.last?.epoch == 1.5 && progress.last?.remainingSeconds == 0)
        #expect(state.evaluations.map(\.step) == [2, 4, 6, 8, 10])
        #expect(state.evaluations.map(\.loss).min() == state.bestEvaluation?.loss)
        #expect(try trainer.evaluate(state.result(keepsBest: true)) == state.bestEvaluation?.loss)
        #expect(try trainer.evaluate(state.result(keepsBest: false)) == state.evaluations.last?.loss)
        #expect((state.bestEvaluation?.loss ?? 9) < (state.evaluations.first?.loss ?? 0))
        let pair = try Self.trainer(threads: 2)
        var other = pair.initialState()
        try pair.train(&other)
        #expect(other == state)
    }

    @Test(arguments: [1, 4, 5, 9]) func interruptedTrainingEndsWithTheSameBits(step: Int) throws {
        let trainer = try Self.trainer()
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
            var resumed = try #require(
                try TrainingState.saved(
                    in: folder, identity: "a", layout: trainer.decoder.layout, precision: .full))
            #expect(resumed == state && resumed.step == step)
            try trainer.train(&resumed)
            #expect(resumed == whole)
            let other = try TrainingState.saved(
                in: folder, identity: "b", layout: trainer.decoder.layout, precision: .full)
            #expect(other == nil)
        }
    }

    @Test func killedTrainingResumesFromACompleteStateWithTheSameBits() async throws {
        let trainer = try Self.trainer()
        var whole = trainer.initialState()
        try trainer.train(&whole)
        let folder = Self.sharedFolder(of: getpid())
        try FileSystem.makeDirectories(folder)
        // Each child continues from the state that its predecessor left, and is killed during a write or between writes.
        for _ in 0..<4 {
            await #expect(processExitsWith: .signal(9)) { try TrainerTests.trainUntilKilled() }
        }
        var resumed = try #require(
            try TrainingState.saved(
                in: folder, identity: "k", layout: trainer.decoder.layout, precision: .full))
        #expect(resumed.step >= 2 && resumed.step < 10)
        try trainer.train(&resumed)
        #expect(resumed == whole)
        try FileSystem.removeTree(folder)
    }

    @Test func eightBitStateResumesTooAndADamagedStateIsAnError() throws {
        let trainer = try Self.trainer(precision: .eightBit) { $0.epochs = 0.5 }
        try withTemporaryFolder { folder in
            var layout = ParameterLayout()
            layout.append("large.weight", [64, 80])
            layout.append("small.weight", [3])
            var state = TrainingState(ParameterVector(zeros: layout), precision: .eightBit)
            var gradients = ParameterVector(zeros: layout)
            gradients.numbers = gradients.numbers.indices.map { Float($0 % 17) - 8 }
            _ = state.optimizer.update(
                &state.parameters, &gradients, options: trainer.options.optimizer, total: 3)
            try state.save(to: folder, identity: "a")
            let saved = try TrainingState.saved(
                in: folder, identity: "a", layout: layout, precision: .eightBit)
            #expect(saved == state)
            #expect(throws: (any Error).self) {
                try TrainingState.saved(in: folder, identity: "a", layout: layout, precision: .full)
            }
            let path = folder.appending("training.safetensors")
            var bytes = try FileContents.read(path)
            bytes.removeLast()
            try FileContents.write(bytes, to: path)
            #expect(throws: (any Error).self) {
                try TrainingState.saved(in: folder, identity: "a", layout: layout, precision: .eightBit)
            }
        }
    }

    @Test func stopsEarlyAndReportsDivergence() throws {
        let stopping = try Self.trainer {
            $0.patience = 2
            $0.stepsPerEvaluation = 1
            $0.optimizer.learningRate = 0.4
            $0.epochs = 5
        }
        var state = stopping.initialState()
        try stopping.train(&state)
        #expect(state.isStoppedEarly && state.step < stopping.stepCount)
        let best = try #require(state.bestEvaluation)
        #expect(state.step == best.step + 2)
        let diverging = try Self.trainer {
            $0.optimizer.learningRate = 1e30
            $0.optimizer.maximumGradientNorm = nil
            $0.epochs = 5
        }
        var other = diverging.initialState()
        #expect(throws: (any Error).self) { try diverging.train(&other) }
    }

    @Test func rejectsInvalidOptionsAndExamples() throws {
        for change: (inout TrainingOptions) -> Void in [
            { $0.epochs = 0 }, { $0.examplesPerStep = 0 }, { $0.tokensPerPass = 0 }, { $0.maximumSteps = 0 },
            { $0.optimizer.learningRate = -1 }, { $0.optimizer.beta1 = 1 }, { $0.patience = 0 },
        ] {
            #expect(throws: LanguageModelError.self) { try Self.trainer(change) }
        }
        let decoder = try Self.trainer().decoder
        #expect(throws: LanguageModelError.self) {
            try Trainer(TrainingOptions(), decoder: decoder, examples: [])
        }
        let empty = TrainingExample([.init(tokens: [1], targets: [])])
        #expect(throws: LanguageModelError.self) {
            try Trainer(TrainingOptions(), decoder: decoder, examples: [empty])
        }
    }
}

extension TrainerTests {
    /// A folder that a test and the processes that it starts both know.
    static func sharedFolder(of test: Int32) -> FilePath { FilePath("/tmp/sluice-killed-training-\(test)") }

    /// Two steps or so of what the folder has, and then the end, at a time that differs from call to call.
    static func trainUntilKilled() throws {
        let folder = sharedFolder(of: getppid())
        let trainer = try trainer()
        var state =
            try TrainingState.saved(
                in: folder, identity: "k", layout: trainer.decoder.layout, precision: .full)
            ?? trainer.initialState()
        let first = state.step
        try trainer.train(&state, observe: { _ in }) { current in
            let state = try current()
            if state.step == first + 2 {
                // Killed while the next state is half written.
                try FileContents.write([1, 2, 3], to: folder.appending("training.safetensors.part"))
                kill(getpid(), SIGKILL)
            }
            try state.save(to: folder, identity: "k")
        }
    }
}
