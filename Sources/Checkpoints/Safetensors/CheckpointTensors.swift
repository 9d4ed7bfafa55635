public import Files
internal import FloatFormats
internal import JSON
internal import Texts

/// The tensors in a checkpoint folder: those of `model.safetensors`, or of the shards listed in
/// `model.safetensors.index.json`.
public struct CheckpointTensors: Sendable {
    /// A tensor: its entry, and the file that contains it.
    public struct Tensor: Sendable {
        /// The file.
        public let file: SafetensorsFile
        /// Name, type, shape and offset.
        public let entry: SafetensorsHeader.Entry

        /// Its elements, or those of some of its rows, as 32-bit floats.
        public func floats(rows: Range<Int>? = nil) throws(CheckpointError) -> [Float] {
            try file.floats(of: entry, rows: rows)
        }

        /// A copy of its bytes.
        public var bytes: [UInt8] { file.bytes(of: entry) }

        /// Passes its bytes to `body`, memory-mapped.
        public func withBytes<Result, Failure: Error>(
            _ body: (RawSpan) throws(Failure) -> Result
        ) throws(Failure) -> Result { try file.withBytes(of: entry, body) }

        /// The bit patterns of its elements, which have 16 bits each.
        public var patterns: [UInt16] {
            precondition(entry.type.size == 2, "the elements have 16 bits")
            return file.withBytes(of: entry) { bytes in FloatConversion.patterns(of: bytes) }
        }

        /// Releases the memory of what was read.
        public func release() { file.release(entry) }
    }

    /// The folder.
    public let folder: FilePath
    /// The tensor names, sorted by their bytes.
    public let names: [String]
    private let tensors: [ExactText: Tensor]

    /// Opens the files in a folder.
    ///
    /// - Throws: if there are none, if one is damaged, or if the index lists a tensor that its shard lacks.
    public init(_ folder: FilePath) throws {
        self.folder = folder
        let index = folder.appending("model.safetensors.index.json")
        var tensors: [ExactText: Tensor] = [:]
        if FileSystem.exists(index) {
            let bytes = try FileContents.read(index, limit: SafetensorsHeader.maximumLength)
            let map = try Self.shards(bytes, path: index)
            for shard in Set(map.values).sorted().map(\.string) {
                // The name comes from outside: it must not lead out of the folder.
                guard !shard.utf8.contains(UInt8(ascii: "/")), shard.hasSuffix(".safetensors") else {
                    throw CheckpointError(
                        "it lists '\(shard.prefix(200))', which is not a valid shard name", path: index)
                }
                let file = try SafetensorsFile(folder.appending(shard))
                for entry in file.header.entries where map[ExactText(entry.name)]?.string == shard {
                    tensors[ExactText(entry.name)] = Tensor(file: file, entry: entry)
                }
            }
            if let name = map.keys.filter({ tensors[$0] == nil }).min() {
                throw CheckpointError(
                    "the tensor '\(name)' is missing from '\(map[name]?.string ?? "")'; copy the checkpoint again",
                    path: index)
            }
        } else {
            let path = folder.appending("model.safetensors")
            guard FileSystem.exists(path) else {
                throw CheckpointError(
                    "there is neither model.safetensors nor model.safetensors.index.json; checkpoints in other formats "
                        + "must be converted to safetensors first", path: folder)
            }
            let file = try SafetensorsFile(path)
            for entry in file.header.entries {
                tensors[ExactText(entry.name)] = Tensor(file: file, entry: entry)
            }
        }
        self.tensors = tensors
        names = tensors.keys.sorted().map(\.string)
    }

    /// The shard of each tensor, as an index says.
    private static func shards(
        _ bytes: [UInt8], path: FilePath
    ) throws(CheckpointError) -> [ExactText: ExactText] {
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes)
        } catch {
            throw CheckpointError("not a shard index: not valid JSON: \(error)", path: path)
        }
        guard case .object(let members)? = document.member("weight_map", of: document.root) else {
            throw CheckpointError("not a shard index: 'weight_map' is missing", path: path)
        }
        var shards: [ExactText: ExactText] = [:]
        for (name, value) in members {
            guard case .string(let shard) = value else {
                throw CheckpointError(
                    "not a shard index: '\(document.string(name).prefix(200))' has no file", path: path)
            }
            shards[ExactText(document.string(name))] = ExactText(document.string(shard))
        }
        return shards
    }

    /// The tensor with a name, if there is one.
    public subscript(name: String) -> Tensor? { tensors[ExactText(name)] }

    /// The tensor with a name.
    ///
    /// - Throws: if it is missing.
    public func required(_ name: String) throws(CheckpointError) -> Tensor {
        guard let tensor = self[name] else {
            throw CheckpointError("the checkpoint lacks the tensor '\(name)'", path: folder)
        }
        return tensor
    }
}
