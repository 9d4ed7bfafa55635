import Files
import StageKit
import StageSchemas

/// The small files next to `tokenizer.json` from which other tools read the special tokens and the chat template.
struct TokenizerSettings: Sendable {
    let shape: ModelShape
    let maximumPositions: Int

    /// Writes `tokenizer_config.json` and `special_tokens_map.json`.
    func write(to folder: FilePath) throws {
        let special: [String: Value] = [
            "bos_token": .string(shape.beginToken), "eos_token": .string(shape.endToken),
            "pad_token": .string(shape.paddingToken),
        ]
        let settings: [String: Value] = [
            "chat_template": .string(shape.chatTemplate), "clean_up_tokenization_spaces": false,
            "model_max_length": .integer(maximumPositions), "tokenizer_class": "PreTrainedTokenizerFast",
        ]
        try JSONFile.write(.map(special), to: folder.appending("special_tokens_map.json"))
        try JSONFile.write(
            .map(settings.merging(special) { own, _ in own }), to: folder.appending("tokenizer_config.json"))
    }
}
