import Checkpoints
import DeviceSettings
import LanguageModels
import StageKit
package import StageSchemas
import TokenRows
import TrainingTargets

extension TrainLanguageModel {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(0...10_000, "The fold to hold out; null to train on all rows.")
        var fold: Int?

        @SettingGroup var computation = ComputationSettings()
        @SettingGroup var answer = AnswerSettings()
        @SettingGroup var adapter = AdapterSettings()
        @SettingGroup var optimization = OptimizerSettings()
        @SettingGroup var course = CourseSettings()
        @SettingGroup var soft = SoftTargets.Options()

        package init() {}

        package func validate() throws(ParameterProblem) {
            guard fold == nil else { return }
            let needsFold = "it requires a 'fold' to evaluate on"
            guard course.evaluateEvery == nil else { throw course.$evaluateEvery.problem(needsFold) }
            guard course.evaluationRows == nil else { throw course.$evaluationRows.problem(needsFold) }
            guard course.patience == nil else { throw course.$patience.problem(needsFold) }
        }

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            guard fold == nil || inputs.contains("folds") else {
                throw $fold.problem("it requires the input 'folds'")
            }
        }
    }
}

extension TrainLanguageModel.Parameters {
    /// The initial adapter.
    func newAdapter(for configuration: ModelConfiguration) -> AdapterConfiguration {
        adapter.configuration(for: configuration, classCount: answer.head == .classes ? 3 : nil)
    }

    /// The loss.
    ///
    /// - Throws: `StageFailure` if it includes the end token, but the template has none.
    func lossOptions(_ rows: LanguageRows) throws -> LossOptions {
        let scope = answer.scope
        if scope == .labelAndEnd || scope == .allTokens, rows.end == nil {
            throw StageFailure(
                "loss: \(answer.loss.rawValue) requires an end token, but the template of 'rows' has none; use 'label'"
            )
        }
        return LossOptions(
            scope: scope, options: rows.answers, endToken: rows.end ?? 0, smoothing: answer.labelSmoothing,
            softShare: 1 - soft.goldShare, temperature: soft.temperature)
    }

    /// The training options.
    ///
    /// - Parameter evaluates: whether there are rows to evaluate on.
    func training(evaluates: Bool) -> TrainingOptions {
        TrainingOptions(
            seed: UInt64(bitPattern: Int64(course.seed)), epochs: course.epochs,
            examplesPerStep: course.rowsPerStep, tokensPerPass: course.tokensPerPass,
            maximumSteps: course.maximumSteps, optimizer: optimization.options,
            adversary: course.adversary.options,
            stepsPerEvaluation: evaluates ? course.evaluateEvery ?? Int.max : nil, patience: course.patience,
            keepsBest: course.keepsBest && course.evaluateEvery != nil)
    }
}
