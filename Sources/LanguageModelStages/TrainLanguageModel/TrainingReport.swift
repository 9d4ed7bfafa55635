import LanguageModels
import StageKit
import StageSchemas

/// The results of a training run in numbers.
struct TrainingReport {
    private let examples: ExampleBuilder.Examples
    private let state: TrainingState
    private let parameterCount: Int

    init(_ examples: ExampleBuilder.Examples, _ state: TrainingState, parameterCount: Int) {
        self.examples = examples
        self.state = state
        self.parameterCount = parameterCount
    }

    /// Writes `report.json`, and the same numbers as metrics.
    func write(_ context: StageContext) throws {
        let counts: [(String, Int)] = [
            ("trainingRows", examples.training.count), ("softRows", examples.soft),
            ("unlabelledRows", examples.unlabelled), ("heldOutRows", examples.evaluation.count),
            ("longestSequence", examples.longest), ("tokensPerEpoch", examples.tokens),
            ("trainedNumbers", parameterCount), ("steps", state.step),
        ]
        // The mean of the last tenth, because single steps are noisy.
        let last = state.steps.suffix(max(1, state.step / 10))
        var losses = [("trainingLoss", last.reduce(0) { $0 + $1.loss } / Double(max(1, last.count)))]
        if let evaluation = state.evaluations.last { losses.append(("heldOutLogLoss", evaluation.loss)) }
        var report: [String: Value] = ["stoppedEarly": .boolean(state.isStoppedEarly)]
        for (name, count) in counts {
            report[name] = .integer(count)
            context.metric(name, count)
        }
        for (name, loss) in losses {
            report[name] = .number(loss)
            context.metric(name, loss)
        }
        if let best = state.bestEvaluation {
            report["best"] = ["step": .integer(best.step), "heldOutLogLoss": .number(best.loss)]
            context.metric("bestHeldOutLogLoss", best.loss)
        }
        try JSONFile.write(.map(report), to: context.output("report"))
    }
}
