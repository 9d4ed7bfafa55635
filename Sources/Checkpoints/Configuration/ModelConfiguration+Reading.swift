public import Files
internal import JSON

extension ModelConfiguration {
    /// The maximum size of a `config.json`, in bytes.
    private static let maximumLength = 1 << 22

    /// The configuration of a checkpoint folder, from its `config.json`.
    ///
    /// - Throws: if there is none, or like `init(json:path:)`.
    public init(folder: FilePath) throws {
        let path = folder.appending("config.json")
        guard FileSystem.exists(path) else {
            throw CheckpointError(
                "there is no config.json; name the folder of a Hugging Face checkpoint", path: folder)
        }
        try self.init(json: FileContents.read(path, limit: Self.maximumLength), path: path)
    }

    /// Reads a `config.json` of Hugging Face's transformers, of version 4 or 5.
    ///
    /// - Throws: `CheckpointError` for another architecture, an unsupported option, or an invalid number.
    public init(json: [UInt8], path: FilePath? = nil) throws(CheckpointError) {
        let record: ConfigurationRecord
        do {
            record = try JSONRecord.decode(ConfigurationRecord.self, from: json, limit: Self.maximumLength)
        } catch {
            throw CheckpointError("not a model's configuration: \(error)", path: path)
        }
        do throws(CheckpointError) {
            guard let family = Family(rawValue: record.model_type) else {
                throw CheckpointError(Self.unknown(record.model_type))
            }
            self = try ConfigurationReader(record: record, family: family).configuration()
        } catch {
            throw CheckpointError(error.message, path: path)
        }
    }

    private static func unknown(_ type: String) -> String {
        if type == "gemma3" {
            return "models of the type 'gemma3' also process images, and are not supported; "
                + "'gemma3_text', their text part, is"
        }
        let known = Family.allCases.map(\.rawValue).joined(separator: ", ")
        return "models of the type '\(type.prefix(100))' are not supported; \(known) are"
    }
}
