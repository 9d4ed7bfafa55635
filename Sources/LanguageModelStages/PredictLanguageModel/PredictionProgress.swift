import StageKit
import TrainingReports

/// Reports the progress and speed of a prediction, for display only.
struct PredictionProgress {
    private let context: StageContext
    private let total: Int
    private let clock = ContinuousClock()
    private let started: ContinuousClock.Instant
    private var done = 0

    /// The progress of predicting `tokens` tokens.
    init(_ context: StageContext, tokens: Int) {
        self.context = context
        total = tokens
        started = clock.now
    }

    /// Records that tokens have been processed.
    mutating func add(_ tokens: Int) {
        done += tokens
        let seconds = max(started.duration(to: clock.now) / .seconds(1), 1e-9)
        let speed = Double(done) / seconds
        context.progress(
            done, of: total,
            "tokens · \(Int(speed)) tokens/s · \(TrainingReporter.duration(Double(total - done) / speed)) left"
        )
    }
}
