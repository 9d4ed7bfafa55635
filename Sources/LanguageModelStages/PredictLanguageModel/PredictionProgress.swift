import Clocks
import StageKit

/// Says how far a prediction is, and how fast, for people alone.
struct PredictionProgress {
    private let context: StageContext
    private let total: Int
    private let started = MonotonicClock.seconds()
    private var done = 0

    /// A prediction of so many tokens.
    init(_ context: StageContext, tokens: Int) {
        self.context = context
        total = tokens
    }

    /// Takes note of tokens that are done.
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
