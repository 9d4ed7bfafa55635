import StageKit
package import StageSchemas
import TrainingTargets

extension TrainGradientBoosting {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting(0...10_000, "The fold to hold out; null to train on all rows.")
        var fold: Int?

        @Setting("Whether A and B are treated symmetrically by construction.")
        var symmetric = true

        @Setting(1...100_000, "The maximum number of rounds.")
        var rounds = 1500

        @Setting(1e-6...1, "How far each tree moves the scores.")
        var learningRate = 0.05

        @Setting(1...16, "The maximum depth of a tree.")
        var maximumDepth = 6

        @Setting(0...1e9, "The minimum sum of Hessians in a leaf.")
        var minimumWeight = 10.0

        @Setting(0...1e9, "The L2 penalty on leaf values.")
        var penalty = 5.0

        @Setting(0...1e9, "The minimum gain of a split.")
        var minimumGain = 0.0

        @Setting(0.01...1, "The share of rows used in each round.")
        var rowShare = 0.7

        @Setting(0.01...1, "The share of columns used by each tree.")
        var columnShare = 0.3

        @Setting(2...1024, "The maximum number of bins per column.")
        var bins = 64

        @Setting(0...5000, "The number of character n-grams used as features.")
        var characterTerms = 0

        @Setting("Which rows determine how many rounds are kept.")
        var earlyStopping = EarlyStopping.trainingPart

        @Setting(0.01...0.9, "The share of the training fold used for early stopping.")
        var watchedShare = 0.1

        @Setting(1...100_000, "The number of rounds without improvement after which training stops.")
        var patience = 50

        @Setting("With training-part: whether to train again on the whole training fold.")
        var refit = true

        @Setting(0...Int(Int32.max), "The random seed.")
        var seed = 42

        @SettingGroup var soft = SoftTargets.Options()

        package init() {}

        package func validate() throws(ParameterProblem) {
            guard earlyStopping != .heldOut || fold != nil else {
                throw $earlyStopping.problem("held-out requires a 'fold'")
            }
        }

        package func validate(inputs: GivenInputs) throws(ParameterProblem) {
            guard fold == nil || inputs.contains("folds") else {
                throw $fold.problem("it requires the input 'folds'")
            }
        }
    }

    enum EarlyStopping: String, SettingChoice {
        case trainingPart = "training-part"
        case heldOut = "held-out"
        case none
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "train-gradient-boosting",
        summary:
            "Trains gradient-boosted trees on length, structure, characters and other models' predictions.",
        discussion: """
            XGBoost grows the trees from histograms; the loss is the cross entropy of a softmax over A, B and tie. \
            Gradients and Hessians are rounded to multiples of 2⁻²⁰, so that every sum is exact and the number of \
            threads does not matter.

            **Features.** For each response and the prompt: length, code blocks, lists, refusals, script, \
            punctuation, how it opens and ends, kinds of words. For the pair: whether the responses are identical, \
            how similar they are, whether one is missing; differences and, as differences of logarithms, ratios. \
            With `characterTerms`, also TF-IDF of character 2- and 3-grams, fitted on the training rows only: the \
            most frequent ones of those that occur in 10 % to 90 % of the rows. `source` is never a feature.

            **Stacking.** `predictions` of other models are features too. Each must be out of fold for every row: \
            the table records which fold was held out, and a row that was not held out is an error. Rows that are \
            never held out have no such prediction, and are left out.

            **Custom features.** `features` are tables of numbers by id, such as those of `dense-text-features`: of the \
            prompt, and of both responses. The trees see the prompt's, the responses' differences and means, and how \
            alike they are.

            **Both orientations.** `symmetric: true` shows every row in both orientations, and models \
            the scores (s, −s, t), so that exchanging A and B exchanges P(A) and P(B) exactly. `symmetric: false` is \
            the plain three-class model, for which `tta` averages both orientations.

            **Early stopping.** `training-part` monitors a share of the training fold, in whole groups, and with \
            `refit` trains again on all of it with the best number of rounds. `held-out` monitors the \
            held-out fold, as is common, which makes its scores too optimistic. `none` runs all rounds.

            **Soft labels.** Rows that occur in `targets` (`id, a, b, tie`) are trained towards these probabilities \
            by KL divergence.
            """,
        inputs: [
            InputPort("rows", "The packed table."),
            InputPort("folds", .optional, "The folds, if one is to be held out."),
            InputPort("predictions", .any, "Out-of-fold predictions of other models."),
            InputPort("features", .any, "Tables of features: id, prompt, a, b."),
            InputPort("targets", .any, "Soft targets: a teacher's probabilities by id."),
        ],
        outputs: [
            OutputPort("model", "model.safetensors", "The trees, and the statistics of the features."),
            OutputPort(
                "importances", "importances.parquet", "Per feature: splits, gain, share of the gain."),
            OutputPort("picture", "importances.svg", "The most important features as a chart."),
            OutputPort("report", "report.json", "The losses per round, and of the held-out fold."),
        ],
        parameters: Parameters.self)
}
