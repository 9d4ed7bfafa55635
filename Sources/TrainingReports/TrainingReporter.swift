package import LanguageModels
package import StageKit

/// Reports the progress of training: step, loss, speed and remaining time, for display only.
package struct TrainingReporter {
    private let context: StageContext
    private var smoothed: Double?

    package init(_ context: StageContext) { self.context = context }

    /// Reports a step.
    package mutating func report(_ progress: TrainingProgress) {
        let loss = progress.record.loss
        smoothed = smoothed.map { 0.95 * $0 + 0.05 * loss } ?? loss
        context.progress(
            progress.step, of: progress.stepCount,
            "steps · loss \(Self.decimals(smoothed ?? loss)) · "
                + "\(Int(progress.tokensPerSecond)) tokens/s · \(Self.duration(progress.remainingSeconds)) left"
        )
        if let evaluation = progress.evaluation {
            context.log("step \(evaluation.step): held-out log loss \(Self.decimals(evaluation.loss))")
        }
    }

    /// A number with four decimals.
    static func decimals(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "\(number)" }
        let scaled = Int((abs(number) * 10_000).rounded())
        let digits = String(scaled % 10_000)
        return (number < 0 ? "-" : "") + "\(scaled / 10_000)."
            + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// Seconds as "42 s", "3 min" or "5 h 20 min".
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "long" }
        let whole = Int(seconds.rounded())
        if whole < 100 { return "\(whole) s" }
        let minutes = (whole + 30) / 60
        return minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
    }
}
