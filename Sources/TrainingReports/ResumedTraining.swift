import Clocks
import Files
package import LanguageModels
package import StageKit

/// A training run that continues from where an earlier attempt at the same stage stopped, and ends with the same bits.
package struct ResumedTraining {
    /// Identifies the saved state: the folder belongs to the stage's key, so only the state's format can differ.
    private static let identity = "sluice training 1"
    /// Saving takes at most about this share of the time, and happens at most four times a second.
    private static let savingShare = 0.02

    private let trainer: Trainer
    private let context: StageContext

    package init(trainer: Trainer, context: StageContext) {
        self.trainer = trainer
        self.context = context
    }

    /// Trains to the end.
    ///
    /// - Parameter start: creates the initial state if no attempt has left one.
    package func run(from start: () throws -> TrainingState) throws -> TrainingState {
        let folder = try context.resumeFolder()
        var state = try left(in: folder) ?? start()
        if state.step > 0 {
            context.log(
                "an earlier attempt was interrupted; continuing after step \(state.step) of \(trainer.stepCount)"
            )
        }
        var last = MonotonicClock.seconds()
        var pause = 0.25
        var reporter = TrainingReporter(context)
        try trainer.train(&state, observe: { reporter.report($0) }) { state in
            // When the state is saved does not affect the result.
            guard MonotonicClock.seconds() - last >= pause else { return }
            let began = MonotonicClock.seconds()
            try state().save(to: folder, identity: Self.identity)
            last = MonotonicClock.seconds()
            pause = max(0.25, (last - began) / Self.savingShare)
        }
        return state
    }

    /// The state left by an earlier attempt; nil if it cannot be read.
    private func left(in folder: FilePath) throws -> TrainingState? {
        do {
            return try TrainingState.saved(
                in: folder, identity: Self.identity, layout: trainer.decoder.layout,
                precision: trainer.options.optimizer.precision)
        } catch {
            context.log(
                "the state left by an earlier attempt cannot be read, so training starts from scratch: \(error)"
            )
            return nil
        }
    }
}
