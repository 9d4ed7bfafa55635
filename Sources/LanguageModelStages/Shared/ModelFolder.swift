import Checkpoints
import Files
import StageKit

/// A base model's folder: a Hugging Face checkpoint that was downloaded, created or quantized.
struct ModelFolder: Sendable {
    /// The element type of a checkpoint's weights.
    enum Precision: String, SettingChoice {
        case float32, bfloat16

        var elementType: ElementType { self == .float32 ? .float32 : .bfloat16 }
    }

    /// Files that a folder may contain besides the weights and `config.json`: the tokenizer and generation settings.
    private static let companions = [
        "added_tokens.json", "chat_template.jinja", "generation_config.json", "merges.txt",
        "special_tokens_map.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json",
    ]

    let path: FilePath
    let configuration: ModelConfiguration

    /// Reads the configuration.
    ///
    /// - Throws: if the path is not a folder, or its `config.json` does not describe a supported model.
    init(_ path: FilePath) throws {
        guard try FileStatus(of: path).kind == .directory else {
            throw StageFailure("model: it is a file; name the folder of a Hugging Face checkpoint")
        }
        self.path = path
        configuration = try ModelConfiguration(folder: path)
    }

    /// Copies the tokenizer and settings to another folder.
    func copyCompanions(to folder: FilePath) throws {
        for name in Self.companions where FileSystem.exists(path.appending(name)) {
            try FileContents.copy(path.appending(name), to: folder.appending(name))
        }
    }
}
