import Checkpoints
import Files
import StageKit

/// A base model's folder: a Hugging Face checkpoint, as it was downloaded, created or quantised.
struct ModelFolder: Sendable {
    /// What a checkpoint's numbers are written as.
    enum Precision: String, SettingChoice {
        case float32, bfloat16

        var elementType: ElementType { self == .float32 ? .float32 : .bfloat16 }
    }

    /// What a folder may hold besides the weights and `config.json`: how text becomes ids, and how a model is used.
    private static let companions = [
        "added_tokens.json", "chat_template.jinja", "generation_config.json", "merges.txt",
        "special_tokens_map.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "vocab.json",
    ]

    let path: FilePath
    let configuration: ModelConfiguration

    /// Reads the configuration.
    ///
    /// - Throws: where the path is no folder, or its `config.json` is none of a supported model.
    init(_ path: FilePath) throws {
        guard try FileStatus(of: path).kind == .directory else {
            throw StageFailure("model: it is a file; name the folder of a Hugging Face checkpoint")
        }
        self.path = path
        configuration = try ModelConfiguration(folder: path)
    }

    /// Copies tokenizer and settings to another folder.
    func copyCompanions(to folder: FilePath) throws {
        for name in Self.companions where FileSystem.exists(path.appending(name)) {
            try FileContents.copy(path.appending(name), to: folder.appending(name))
        }
    }
}
