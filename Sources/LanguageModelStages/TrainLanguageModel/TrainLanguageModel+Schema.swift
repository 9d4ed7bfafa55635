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
            **Input.** `rows` are packed with the model's tokenizer and its family's template; budgets and \
            truncation are those of `pack`. With `swapped`, the same comparisons packed with A and B exchanged, both \
            orientations of a row are in the same optimizer step.

            **Loss.** With `head: answer`, the model answers with the token of A, B or C. `labelAndEnd` is the mean \
            cross entropy of that token and of the end token after it, over the whole vocabulary; `label` is that of \
            the label token only; `options` that of a softmax over only the three answers; `allTokens` that of every \
            token of the row. With `head: classes`, a new three-way linear head on the last token's hidden state is \
            trained with the adapters.

            **Soft labels.** Rows that occur in `targets` (`id, a, b, tie`) are trained towards these probabilities \
            by KL divergence, as in every other trainer; the end token is trained as well, if the loss includes it.

            **Adapters.** LoRA (Hu et al., 2021) as defined by PEFT: W x + (alpha ÷ rank) B A dropout(x). The output \
            is a folder that PEFT can load. With `adapter`, training continues from that adapter, with its rank, \
            alpha, targets and head.

            **Steps.** A step consists of `rowsPerStep` rows: the original's batch of 1 times 16 accumulation steps. \
            Rows are processed without padding, longest first, at most `tokensPerPass` tokens at a time, which only \
            affects memory and speed. Random numbers are functions of `seed` and a counter, and sums are in a fixed \
            order, so the number of threads does not matter.

            **Evaluation.** With `fold`, its labeled rows are held out, and their log loss over the three answers is \
            measured after the last step and every `evaluateEvery` steps. With `patience`, training stops after that \
            many evaluations without improvement; with `keepsBest`, the best evaluated adapter is written. Both \
            select by the held-out fold, which makes its score slightly too optimistic.

            **Adversarial weight perturbation** (Wu, Xia and Wang, 2020): from `startEpoch`, each pass's gradient is \
            computed a second time with every adapter tensor w perturbed to w + rate · g ÷ ‖g‖ · ‖w‖, by at most \
            epsilon · |w| per element, and both gradients are added.
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
