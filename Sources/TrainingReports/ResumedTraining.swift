import Clocks
import Files
package import LanguageModels
package import StageKit

/// A training that goes on where an earlier attempt at the same stage was cut off, and ends with the same bits.
package struct ResumedTraining {
    /// What the saved state is of: the folder is that of the stage's key, so only the state's form can differ.
    private static let identity = "sluice training 1"
    /// Saving takes no more than about this share of the time, and is done four times a second at most.
    private static let savingShare = 0.02

    private let trainer: Trainer
    private let context: StageContext

    package init(trainer: Trainer, context: StageContext) {
        self.trainer = trainer
        self.context = context
    }

    /// Trains to the end.
    ///
    /// - Parameter start: makes the state to start from where no attempt has left one.
    package func run(from start: () throws -> TrainingState) throws -> TrainingState {
        let folder = try context.resumeFolder()
        var state = try left(in: folder) ?? start()
        if state.step > 0 {
            context.log(
                "an earlier attempt was cut off; going on after step \(state.step) of \(trainer.stepCount)")
        }
        var last = MonotonicClock.seconds()
        var pause = 0.25
        var reporter = TrainingReporter(context)
        try trainer.train(&state, observe: { reporter.report($0) }) { state in
            // When it is saved does not change what comes out.
            guard MonotonicClock.seconds() - last >= pause else { return }
            let began = MonotonicClock.seconds()
            try state.save(to: folder, identity: Self.identity)
            last = MonotonicClock.seconds()
            pause = max(0.25, (last - began) / Self.savingShare)
        }
        return state
    }

    /// What an earlier attempt has left; a state that cannot be read is none.
    private func left(in folder: FilePath) throws -> TrainingState? {
        do {
            return try TrainingState.saved(
                in: folder, identity: Self.identity, layout: trainer.decoder.layout,
                precision: trainer.options.optimizer.precision)
        } catch {
            context.log("what an earlier attempt has left cannot be read, so it starts anew: \(error)")
            return nil
        }
    }
}
