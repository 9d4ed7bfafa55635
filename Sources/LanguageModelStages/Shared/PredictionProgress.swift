import Clocks
import StageKit

/// Reports the progress and speed of a prediction, for display only.
struct PredictionProgress {
    private let context: StageContext
    private let total: Int
    private let started = MonotonicClock.seconds()
    private var done = 0

    /// The progress of predicting `tokens` tokens.
    init(_ context: StageContext, tokens: Int) {
        self.context = context
        total = tokens
    }

    /// Records that tokens have been processed.
    mutating func add(_ tokens: Int) {
        done += tokens
        let seconds = max(MonotonicClock.seconds() - started, 1e-9)
        let speed = Double(done) / seconds
        context.progress(
            done, of: total,
            "tokens · \(Int(speed)) tokens/s · \(RemainingTime.text(Double(total - done) / speed)) left"
        )
    }
}
