import StageKit
package import StageSchemas
import TrainingTargets

extension TrainGradientBoosting {
    /// What it can be told.
    package struct Parameters: Decodable, Sendable {
        let fold: Int?
        let symmetric: Bool
        let rounds: Int
        let learningRate: Double
        let maximumDepth: Int
        let minimumWeight: Double
        let penalty: Double
        let minimumGain: Double
        let rowShare: Double
        let columnShare: Double
        let bins: Int
        let characterTerms: Int
        let earlyStopping: EarlyStopping
        let watchedShare: Double
        let patience: Int
        let refit: Bool
        let seed: Int
        let temperature: Double
        let goldShare: Double
        let targetWeight: Double

        var soft: SoftTargets.Options {
            SoftTargets.Options(temperature: temperature, goldShare: goldShare, weight: targetWeight)
        }
    }

    enum EarlyStopping: String, Decodable, Sendable {
        case trainingPart = "training-part"
        case heldOut = "held-out"
        case none
    }

    /// What the kind is called, reads and writes.
    package static let schema = StageSchema(
        name: "train-gradient-boosting",
        summary:
            "Trains gradient-boosted trees on length, structure, characters and other models' predictions.",
        discussion: """
            XGBoost grows the trees on histograms; the loss is the cross entropy of a softmax over A, B and tie. Its \
            derivatives are rounded to multiples of 2⁻²⁰, so that every sum is exact and the number of threads does not \
            matter.

            **Features.** Of each response and of the prompt: length, code blocks, lists, refusals, script, punctuation, how \
            it opens and ends, kinds of words; of the pair: whether the responses are identical, how alike they are, whether \
            one is missing; differences and, as differences of logarithms, ratios. With `characterTerms`, also TF-IDF of runs of \
            two and three characters, learned on the training rows alone: those that at least 10 % and at most 90 % of \
            the rows have, the most frequent first. `source` is never a feature.

            **Stacking.** `predictions` of other models are features too. Each must be out-of-fold for every row: their table \
            says which fold was held out, and a row that was not is an error. Rows that are never held out have no such prediction, and \
            are left out.

            **Both orientations.** `symmetric: true` shows every row as it is and with A and B exchanged, and models \
            the scores (s, −s, t), so that exchanging A and B exchanges P(A) and P(B) exactly. `symmetric: false` is the plain \
            three-class model, for which `tta` averages both orientations.

            **Early stopping.** `training-part` watches a share of the training fold, whole groups at a time, and with \
            `refit` trains again on all of it with the number of rounds found. `held-out` watches the fold that is held out, as \
            many do: the scores there are then too good. `none` does all rounds.

            **Soft labels.** Rows that are in `targets` (`id, a, b, tie`) are trained towards these probabilities by KL \
            divergence.
            """,
        inputs: [
            InputPort("rows", "The packed table."),
            InputPort("folds", .optional, "The folds, where one is to be held out."),
            InputPort("predictions", .any, "Out-of-fold predictions of other models."),
            InputPort("targets", .any, "Soft targets: a teacher's probabilities by id."),
        ],
        outputs: [
            OutputPort("model", "model.safetensors", "The trees, and what was learned of the features."),
            OutputPort(
                "importances", "importances.parquet", "Per feature: splits, gain, share of the gain."),
            OutputPort("picture", "importances.svg", "The most important features as a picture."),
            OutputPort("report", "report.json", "The losses per round and of the fold held out."),
        ],
        parameters: [
            Parameter(
                "fold", .optional(.integer(0...10_000)), default: .null,
                "The fold to hold out; null to train on all rows."),
            Parameter(
                "symmetric", .boolean, default: true, "Whether A and B are treated alike by construction."),
            Parameter("rounds", .integer(1...100_000), default: 1500, "The most rounds."),
            Parameter(
                "learningRate", .number(1e-6...1), default: .number(0.05),
                "How far each tree moves the scores."),
            Parameter("maximumDepth", .integer(1...16), default: 6, "The most levels of a tree."),
            Parameter(
                "minimumWeight", .number(0...1e9), default: 10,
                "The least sum of second derivatives in a leaf."),
            Parameter("penalty", .number(0...1e9), default: 5, "The L2 penalty on the values of leaves."),
            Parameter("minimumGain", .number(0...1e9), default: 0, "The least gain of a split."),
            Parameter(
                "rowShare", .number(0.01...1), default: .number(0.7),
                "The share of the rows that a round's trees see."),
            Parameter(
                "columnShare", .number(0.01...1), default: .number(0.3),
                "The share of the columns that a tree may look at."),
            Parameter("bins", .integer(2...1024), default: 64, "The most bins of a column's numbers."),
            Parameter(
                "characterTerms", .integer(0...5000), default: 0,
                "How many runs of characters are features."),
            Parameter(
                "earlyStopping", .choice(["training-part", "held-out", "none"]), default: "training-part",
                "Which rows decide how many rounds are kept."),
            Parameter(
                "watchedShare", .number(0.01...0.9), default: .number(0.1),
                "The share of the training fold that is watched."),
            Parameter(
                "patience", .integer(1...100_000), default: 50,
                "How many rounds without a gain end the training."),
            Parameter(
                "refit", .boolean, default: true,
                "With training-part: train again on the whole training fold."),
            Parameter("seed", .integer(0...Int(Int32.max)), default: 42, "What chance depends on."),
        ] + SoftTargets.parameters)
}
