public import Files
internal import JSON

/// A checkpoint's `config.json`, from which that of a derived checkpoint is written: everything that does not change is kept,
/// including what this decoder ignores.
public struct ConfigurationFile: Sendable {
    /// Its contents.
    public let configuration: ModelConfiguration
    private let document: JSONDocument

    /// Reads a folder's file.
    ///
    /// - Throws: as `ModelConfiguration(folder:)`.
    public init(folder: FilePath) throws {
        configuration = try ModelConfiguration(folder: folder)
        document = try JSONDocument(FileContents.read(folder.appending("config.json")))
    }

    /// The file of a checkpoint of the same model.
    ///
    /// - Parameters:
    ///   - type: the type of the checkpoint's tensors.
    ///   - isQuantized: whether the projections are NF4 with double quantization, in bitsandbytes' layout.
    ///   - classCount: the number of classes of its head, if it has become a classifier.
    public func json(type: ElementType, isQuantized: Bool = false, classCount: Int? = nil) -> [UInt8] {
        typealias Write = (inout JSONWriter) -> Void
        let writeType: Write = { $0.string(ModelConfiguration.name(of: type)) }
        var changed: [(name: String, write: Write)] = []
        if let classCount {
            let architecture = configuration.architecture(classCount: classCount)
            changed += [
                ("architectures", { $0.list([architecture]) { $0.string($1) } }),
                ("id2label", { ModelConfiguration.writeLabels(classCount, &$0) }),
                ("label2id", { ModelConfiguration.writeClasses(classCount, &$0) }),
            ]
        }
        if isQuantized { changed.append(("quantization_config", ModelConfiguration.writeQuantization)) }
        let typeName = document.member("dtype", of: document.root) == nil ? "torch_dtype" : "dtype"
        changed.append((typeName, writeType))
        let replaced = Set(
            changed.map(\.name) + ["dtype", "torch_dtype", "quantization_config", "num_labels"])
        return JSONLayout.indented { file in
            file.object { file in
                if case .object(let members) = document.root {
                    for member in members where !replaced.contains(document.string(member.name)) {
                        file.member(document.bytes(member.name)) { $0.value(member.value, of: document) }
                    }
                }
                for member in changed { file.member(member.name, member.write) }
            }
        }
    }
}
