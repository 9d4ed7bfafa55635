package import LanguageModels
package import StageKit

/// Says how a training goes: step, loss, speed and what is left, for people alone.
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
                + "\(Int(progress.tokensPerSecond)) tokens/s · \(RemainingTime.text(progress.remainingSeconds)) left"
        )
        if let evaluation = progress.evaluation {
            context.log("step \(evaluation.step): held-out log loss \(Self.decimals(evaluation.loss))")
        }
    }

    /// A number with four digits behind the point.
    static func decimals(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "\(number)" }
        let scaled = Int((abs(number) * 10_000).rounded())
        let digits = String(scaled % 10_000)
        return (number < 0 ? "-" : "") + "\(scaled / 10_000)."
            + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
