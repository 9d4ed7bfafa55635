import StageKit
package import StageSchemas
import TrainingTargets

extension TrainLanguageModel {
    /// The schema.
    package static let schema = StageSchema(
        name: "train-language-model",
        summary:
            "Fine-tunes a language model on comparisons: low-rank adapters on frozen, optionally 4-bit, weights.",
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
            InputPort("model", "A checkpoint folder, such as the output of `quantize`."),
            InputPort("rows", "The packed table with tokens."),
            InputPort("swapped", .optional, "The same comparisons, packed with A and B exchanged."),
            InputPort("folds", .optional, "The folds, if one is to be held out."),
            InputPort("adapter", .optional, "An adapter to continue from."),
            InputPort("targets", .any, "Soft targets: a teacher's probabilities by id."),
        ],
        outputs: [
            OutputPort("adapter", "adapter", isDirectory: true, "The adapter, in PEFT's layout."),
            OutputPort(
                "losses", "losses.parquet",
                "Per step: epoch, tokens, learning rate, gradient norm, loss, held-out log loss."),
            OutputPort("curve", "losses.svg", "The losses as a chart."),
            OutputPort("report", "report.json", "The numbers of rows and steps, and the losses."),
        ],
        parameters: Parameters.self)
}
