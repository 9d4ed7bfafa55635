import LanguageModels
import StageKit
import StageSchemas

/// How long training goes, in which portions, and what is looked at on the way.
struct CourseSettings: SettingRecord {
    @Setting(0.000001...10_000, "How often each row is seen; may be a fraction.")
    var epochs = 1.0

    @Setting(1...1_000_000_000, "No more steps than this; null for as many as the epochs have.")
    var maximumSteps: Int?

    @Setting(1...65_536, "Rows of one optimizer step.")
    var rowsPerStep = 16

    @Setting(1...1_048_576, "How many tokens go through the model at a time.")
    var tokensPerPass = 4_096

    @Setting(1...1_000_000_000, "Steps between evaluations on the fold held out; null for one at the end.")
    var evaluateEvery: Int?

    @Setting(1...1_000_000_000, "Evaluate on the first so many rows of the fold; null for all.")
    var evaluationRows: Int?

    @Setting(1...1_000_000, "End after so many evaluations without a better one; null to go on.")
    var patience: Int?

    @Setting("Whether the best evaluated adapter is written, not the last.")
    var keepsBest = true

    @Setting("Adversarial weight perturbation.")
    var adversary = Adversary()

    @Setting("What the adapters' start, the rows' order and the dropout depend on.")
    var seed = 42

    func validate() throws(ParameterProblem) {
        guard patience == nil || evaluateEvery != nil else {
            throw $patience.problem(
                "it needs 'evaluateEvery': one evaluation, at the end, ends nothing early")
        }
    }

    /// Adversarial weight perturbation.
    struct Adversary: SettingRecord {
        @Setting(0...10, "How far tensors are moved; 0 for no perturbation.")
        var rate = 0.0

        @Setting(0...1, "How far each number at most.")
        var epsilon = 1e-4

        @Setting(0...10_000, "From which epoch on.")
        var startEpoch = 1.0

        /// The perturbation; nil for none.
        var options: TrainingOptions.Adversary? {
            guard rate > 0 else { return nil }
            return TrainingOptions.Adversary(learningRate: rate, epsilon: epsilon, startEpoch: startEpoch)
        }
    }
}
