import StageKit

extension PromptTemplate {
    /// The instruction for the model.
    package static let instruction =
        "Here are two question-answering dialogues. Compare two model performance on answering question, "
        + "determine which is better."
    /// The three possible answers.
    package static let options = "\n###options\nA. Model A\nB. Model B\nC. Tie\n"

    private static let judge = "You are a helpful assistant good at judging conversations."

    /// The families of instruction-tuned models with known templates.
    package enum Family: String, SettingChoice {
        case gemma, llama3, phi3, qwen2, glm4, chatglm2

        /// The template of this family.
        package var template: PromptTemplate {
            switch self {
            case .gemma: .gemma
            case .llama3: .llama3
            case .phi3: .phi3
            case .qwen2: .qwen2
            case .glm4: .glm4
            case .chatglm2: .chatGLM2
            }
        }
    }

    /// Gemma 2.
    package static let gemma = PromptTemplate(
        begin: "<bos>", before: ["<start_of_turn>user\n" + instruction + "\n\n"],
        after: [options + "<end_of_turn>\n", "<start_of_turn>model\n"], end: "<eos>",
        specialTokens: ["<start_of_turn>", "<end_of_turn>"])

    /// Llama 3 and 3.1; nothing comes between the assistant's header and the label.
    package static let llama3 = PromptTemplate(
        begin: "<|begin_of_text|>",
        before: ["<|start_header_id|>user<|end_header_id|>\n\n" + instruction + "\n\n"],
        after: [options + "<|eot_id|>\n", "<|start_header_id|>assistant<|end_header_id|>"],
        end: "<|eot_id|>", specialTokens: ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"])

    /// Phi-3-mini.
    static let phi3 = PromptTemplate(
        before: ["<|system|>\n" + judge + "<|end|>\n<|user|>\n" + instruction + "\n"],
        after: [options + "<|end|>\n", "<|assistant|>\n"], end: "<|endoftext|>",
        specialTokens: ["<|system|>", "<|user|>", "<|end|>", "<|assistant|>"])

    /// Qwen 2, instruction-tuned.
    static let qwen2 = PromptTemplate(
        before: [
            "<|im_start|>system\n" + judge + "<|im_end|>\n<|im_start|>user\n" + instruction + "\n"
        ],
        after: [options + "<|im_end|>\n", "<|im_start|>assistant\n"], end: "<|im_end|>",
        specialTokens: ["<|im_start|>", "<|im_end|>"])

    /// GLM-4-9b-chat.
    static let glm4 = PromptTemplate(
        before: ["<|user|>\n" + instruction + "\n\n"], after: [options, "<|assistant|>\n"],
        end: "<|endoftext|>", specialTokens: ["<|user|>", "<|assistant|>"])

    /// ChatGLM2, whose tokenizer has no tokens for turns, so Llama's markers are plain text to it.
    static let chatGLM2 = PromptTemplate(
        before: ["<|start_header_id|>user<|end_header_id|>\n\n" + instruction + "\n\n"],
        after: [
            String(options.dropFirst()) + "<|eot_id|>\n", "<|start_header_id|>assistant<|end_header_id|>",
        ],
        end: "</s>")
}
