import LanguageModels
import StageKit
package import StageSchemas
import TrainingTargets

extension TrainLanguageModel {
    /// What the kind is called, reads and writes.
    package static let schema = StageSchema(
        name: "train-language-model",
        summary:
            "Tunes a language model on comparisons: low-rank adapters beside frozen, perhaps 4-bit, weights.",
        discussion: """
            **Reading.** `rows` are packed with the model's tokenizer and its family's template; budgets and truncation are \
            those of `pack`. With `swapped`, the same comparisons packed with A and B exchanged, both orientations of a row \
            are in one optimizer step.

            **Loss.** With `head: answer` the model answers with the token of A, B or C. `labelAndEnd` is the cross entropy of that \
            token and of the end token behind it, over the whole vocabulary, and their mean; `label` of that token alone; \
            `options` of a softmax over the three answers alone; `allTokens` of every token of the row. With `head: classes` \
            a new three-way linear head on the last token's hidden state is trained beside the adapters.

            **Soft labels.** Rows that are in `targets` (`id, a, b, tie`) are trained towards these probabilities by KL divergence, \
            as in every other trainer; the end token is trained as well where the loss has it.

            **Adapters.** LoRA (Hu et al., 2021) as PEFT defines it: W x + (alpha ÷ rank) B A dropout(x). The output is a folder that \
            PEFT loads. With `adapter`, training goes on from that one, with its rank, alpha, targets and head.

            **Steps.** A step is `rowsPerStep` rows: the original's batch of 1 times accumulation of 16. Rows go through the model \
            without padding, long ones first, at most `tokensPerPass` tokens at a time: this is about memory and speed alone. \
            Random numbers are functions of `seed` and a counter, and sums are in a fixed order, so the number of threads \
            does not matter.

            **Evaluation.** With `fold`, its labelled rows are held out, and their log loss over the three answers is taken after \
            the last step and every `evaluateEvery` steps. With `patience`, training ends after that many evaluations \
            without a better one; with `keepsBest`, the best evaluated adapter is written. Both choose by the fold that is \
            held out, so its score is then a little too good.

            **Adversarial weight perturbation** (Wu, Xia and Wang, 2020): from `startEpoch` on, each pass's gradient is taken a second time \
            with every adapter tensor w moved to w + rate · g ÷ ‖g‖ · ‖w‖, at most epsilon · |w| away from each number, and both are added.
            """,
        inputs: [
            InputPort("model", "A checkpoint folder, or one that `quantize` has written."),
            InputPort("rows", "The packed table, with tokens."),
            InputPort("swapped", .optional, "The same comparisons, packed with A and B exchanged."),
            InputPort("folds", .optional, "The folds, where one is to be held out."),
            InputPort("adapter", .optional, "An adapter to go on from."),
            InputPort("targets", .any, "Soft targets: a teacher's probabilities by id."),
        ],
        outputs: [
            OutputPort("adapter", "adapter", isDirectory: true, "The adapter, in PEFT's layout."),
            OutputPort(
                "losses", "losses.parquet",
                "Per step: epoch, tokens, learning rate, gradient norm, loss, held-out log loss."),
            OutputPort("curve", "losses.svg", "The losses as a picture."),
            OutputPort("report", "report.json", "Rows, steps and losses in figures."),
        ],
        parameters: adapterParameters + optimizerParameters + courseParameters + SoftTargets.parameters)

    private static let adapterParameters = [
        Parameter(
            "fold", .optional(.integer(0...10_000)), default: .null,
            "The fold to hold out; null to train on all rows."),
        Parameter(
            "head", .choice(Head.allCases.map(\.rawValue)), default: "answer",
            "Whether the model answers with a token, or with a new three-way head."),
        Parameter(
            "loss", .choice(Loss.allCases.map(\.rawValue)), default: "labelAndEnd",
            "What the loss is over, with the head `answer`."),
        Parameter(
            "labelSmoothing", .number(0...0.99), default: 0,
            "The share of the loss that goes to the mean over all tokens, or over the three answers."),
        Parameter("rank", .integer(1...4_096), default: 32, "The adapters' rank."),
        Parameter("alpha", .number(0...1e6), default: 64, "The numerator of the adapters' scale."),
        Parameter(
            "dropout", .number(0...0.99), default: .number(0.05),
            "The probability with which an adapter's input is left out."),
        Parameter(
            "targets", .list(.choice(Projection.allCases.map(\.rawValue))), default: [],
            "The projections with an adapter; empty for those of the attention."),
    ]

    private static let optimizerParameters = [
        Parameter(
            "optimizer", .choice(Optimizer.allCases.map(\.rawValue)), default: "adamW",
            "AdamW, or the same with moments of 8 bits by blocks, as bitsandbytes keeps them."),
        Parameter("learningRate", .number(1e-12...10), default: .number(1e-4), "The highest learning rate."),
        Parameter("beta1", .number(0...0.9999999), default: .number(0.9), "The decay of the mean gradient."),
        Parameter(
            "beta2", .number(0...0.9999999), default: .number(0.999),
            "The decay of the mean squared gradient."),
        Parameter("epsilon", .number(1e-16...1), default: .number(1e-8), "What keeps a step finite."),
        Parameter("weightDecay", .number(0...10), default: .number(0.01), "The decoupled weight decay."),
        Parameter(
            "maximumGradientNorm", .optional(.number(1e-9...1e9)), default: 1,
            "Longer gradients are shortened to this; null for none."),
        Parameter(
            "schedule", .choice(Schedule.allCases.map(\.rawValue)), default: "cosine",
            "How the learning rate falls after the warm-up."),
        Parameter(
            "cycles", .number(0...100), default: .number(0.5),
            "Of the cosine: how many of its periods; a half ends at 0."),
        Parameter("power", .number(0...100), default: 1, "Of the polynomial: its power."),
        Parameter(
            "finalShare", .number(0...1), default: 0,
            "Of the linear and the polynomial: the share of the highest rate at the end."),
        Parameter(
            "warmUpShare", .number(0...1), default: .number(0.1),
            "The share of all steps in which the rate rises from 0."),
        Parameter(
            "warmUpSteps", .optional(.integer(0...1_000_000_000)), default: .null,
            "That many steps instead of a share; null for the share."),
    ]

    private static let courseParameters = [
        Parameter(
            "epochs", .number(0.000001...10_000), default: 1, "How often each row is seen; may be a fraction."
        ),
        Parameter(
            "maximumSteps", .optional(.integer(1...1_000_000_000)), default: .null,
            "No more steps than this; null for as many as the epochs have."),
        Parameter("rowsPerStep", .integer(1...65_536), default: 16, "Rows of one optimizer step."),
        Parameter(
            "tokensPerPass", .integer(1...1_048_576), default: 4_096,
            "How many tokens go through the model at a time."),
        Parameter(
            "evaluateEvery", .optional(.integer(1...1_000_000_000)), default: .null,
            "Steps between evaluations on the fold held out; null for one at the end."),
        Parameter(
            "evaluationRows", .optional(.integer(1...1_000_000_000)), default: .null,
            "Evaluate on the first so many rows of the fold; null for all."),
        Parameter(
            "patience", .optional(.integer(1...1_000_000)), default: .null,
            "End after so many evaluations without a better one; null to go on."),
        Parameter(
            "keepsBest", .boolean, default: true,
            "Whether the best evaluated adapter is written, not the last."),
        Parameter(
            "adversary",
            .record([
                Parameter(
                    "rate", .number(0...10), default: 0, "How far tensors are moved; 0 for no perturbation."),
                Parameter("epsilon", .number(0...1), default: .number(1e-4), "How far each number at most."),
                Parameter("startEpoch", .number(0...10_000), default: 1, "From which epoch on."),
            ]), default: ["rate": 0, "epsilon": .number(1e-4), "startEpoch": 1],
            "Adversarial weight perturbation."),
        Parameter(
            "seed", .anyInteger, default: 42,
            "What the adapters' start, the rows' order and the dropout depend on."),
    ]
}
