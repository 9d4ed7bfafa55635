import LanguageModels
import StageKit
import StageSchemas

/// The length of training, the size of its steps, and when it is evaluated.
struct CourseSettings: SettingRecord {
    @Setting(0.000001...10_000, "How often each row is seen; may be a fraction.")
    var epochs = 1.0

    @Setting(1...1_000_000_000, "The maximum number of steps; null for all steps of the epochs.")
    var maximumSteps: Int?

    @Setting(1...65_536, "The number of rows per optimizer step.")
    var rowsPerStep = 16

    @Setting(1...1_048_576, "The number of tokens processed at a time.")
    var tokensPerPass = 4_096

    @Setting(
        1...1_000_000_000,
        "The number of steps between evaluations on the held-out fold; null evaluates only at the end.")
    var evaluateEvery: Int?

    @Setting(1...1_000_000_000, "The number of rows of the fold to evaluate on; null for all.")
    var evaluationRows: Int?

    @Setting(1...1_000_000, "Stops after this many evaluations without improvement; null never stops early.")
    var patience: Int?

    @Setting("Whether to write the best evaluated adapter, instead of the last.")
    var keepsBest = true

    @Setting("Adversarial weight perturbation.")
    var adversary = Adversary()

    @Setting("The random seed for initialization, row order and dropout.")
    var seed = 42

    func validate() throws(ParameterProblem) {
        guard patience == nil || evaluateEvery != nil else {
            throw $patience.problem(
                "it requires 'evaluateEvery': a single evaluation at the end cannot stop training early")
        }
    }

    /// Adversarial weight perturbation.
    struct Adversary: SettingRecord {
        @Setting(0...10, "How far tensors are perturbed; 0 for no perturbation.")
        var rate = 0.0

        @Setting(0...1, "The maximum perturbation of each element.")
        var epsilon = 1e-4

        @Setting(0...10_000, "The first epoch with perturbation.")
        var startEpoch = 1.0

        /// The perturbation; nil for none.
        var options: TrainingOptions.Adversary? {
            guard rate > 0 else { return nil }
            return TrainingOptions.Adversary(learningRate: rate, epsilon: epsilon, startEpoch: startEpoch)
        }
    }
}
