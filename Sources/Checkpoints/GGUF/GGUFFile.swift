public import Files

/// A GGUF file, mapped: the format of llama.cpp, a model's weights, settings and tokenizer in one.
public struct GGUFFile: Sendable {
    /// Its header.
    public let header: GGUFHeader
    private let file: MappedFile
    private let places: [String: Int]

    /// Opens a file and checks its header.
    public init(_ path: FilePath) throws {
        file = try MappedFile(path)
        header = try GGUFHeader(file)
        places = Dictionary(
            uniqueKeysWithValues: header.entries.enumerated().map { ($0.element.name, $0.offset) })
    }

    /// The file.
    public var path: FilePath { file.path }

    /// The tensor of a name.
    public func entry(_ name: String) -> GGUFHeader.Entry? { places[name].map { header.entries[$0] } }

    /// A tensor's numbers, row by row, as 32-bit floating point: bit by bit as llama.cpp reads them.
    public func floats(of entry: GGUFHeader.Entry) -> [Float] {
        file.withBytes(entry.range) { bytes in entry.type.floats(bytes) }
    }

    /// Releases the memory of a tensor that was read.
    public func release(_ entry: GGUFHeader.Entry) { file.release(entry.range) }
}
