import Checkpoints
import PromptTemplates
import StageKit
import Tokenizers

/// The architecture of a model to create, and its family's tokens.
struct ModelShape: Sendable {
    /// The model family.
    enum Family: String, SettingChoice {
        case gemma2, llama3
    }

    let family: Family

    /// Special tokens with the lowest ids, which is where Gemma has them.
    var leadingTokens: [String] {
        family == .gemma2
            ? ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"] : []
    }

    /// Special tokens with the highest ids, which is where Llama has them.
    var trailingTokens: [String] {
        family == .llama3
            ? [
                "<|begin_of_text|>", "<|end_of_text|>", "<|finetune_right_pad_id|>", "<|start_header_id|>",
                "<|end_header_id|>", "<|eot_id|>",
            ] : []
    }

    var beginToken: String { family == .gemma2 ? "<bos>" : "<|begin_of_text|>" }
    /// The token that ends an answer.
    var endToken: String { family == .gemma2 ? "<eos>" : "<|eot_id|>" }
    var paddingToken: String { family == .gemma2 ? "<pad>" : "<|finetune_right_pad_id|>" }
    /// The tokens that end a text.
    var endTokens: [String] { family == .gemma2 ? ["<eos>"] : ["<|end_of_text|>", "<|eot_id|>"] }

    /// The template with which the model will be fine-tuned.
    var template: PromptTemplate { family == .gemma2 ? .gemma : .llama3 }

    /// The family's chat template in Jinja, for other tools.
    var chatTemplate: String {
        switch family {
        case .gemma2:
            "{{ bos_token }}{% for message in messages %}<start_of_turn>"
                + "{{ 'model' if message['role'] == 'assistant' else message['role'] }}\n"
                + "{{ message['content'] }}<end_of_turn>\n{% endfor %}"
                + "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
        case .llama3:
            "{{ bos_token }}{% for message in messages %}<|start_header_id|>{{ message['role'] }}<|end_header_id|>"
                + "\n\n{{ message['content'] }}<|eot_id|>{% endfor %}"
                + "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
        }
    }

    /// The configuration of a model with a trained vocabulary.
    func configuration(
        _ parameters: CreateModel.Parameters, _ vocabulary: TrainedVocabulary
    ) -> ModelConfiguration {
        func id(_ token: String) -> Int { vocabulary.id(of: token) ?? 0 }
        let isGemma = family == .gemma2
        return ModelConfiguration(
            family: isGemma ? .gemma2 : .llama, vocabularySize: vocabulary.count,
            hiddenSize: parameters.hiddenSize,
            feedForwardSize: parameters.feedForwardSize ?? 3 * parameters.hiddenSize,
            layerCount: parameters.layers, headCount: parameters.heads,
            keyValueHeadCount: parameters.keyValueHeads, headSize: parameters.widthOfHead,
            maximumPositions: parameters.maximumPositions,
            normEpsilon: isGemma ? 1e-6 : 1e-5, activation: isGemma ? .gelu : .silu,
            attentionCap: isGemma ? 50 : nil,
            logitCap: isGemma ? 30 : nil, slidingWindow: isGemma ? parameters.slidingWindow : nil,
            slidingLayers: isGemma ? (0..<parameters.layers).map { $0.isMultiple(of: 2) } : nil,
            tiesEmbeddings: isGemma || parameters.tiesEmbeddings, beginToken: id(beginToken),
            endTokens: endTokens.map(id))
    }
}
