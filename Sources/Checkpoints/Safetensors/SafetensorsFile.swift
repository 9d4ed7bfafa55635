public import Files
internal import FloatFormats
internal import Texts

/// A memory-mapped safetensors file: tensors are read on demand, and take no memory before.
public struct SafetensorsFile: Sendable {
    /// The file's header.
    public let header: SafetensorsHeader
    private let file: MappedFile
    private let places: [ExactText: Int]

    /// Opens a file and checks its header.
    public init(_ path: FilePath) throws {
        file = try MappedFile(path)
        let start = file.bytes(0..<min(8, file.count))
        let length = try SafetensorsHeader.length(start, size: file.count, path: path)
        let json = file.bytes(8..<(8 + length))
        header = try SafetensorsHeader(json: json, size: file.count, path: path)
        places = Dictionary(
            uniqueKeysWithValues: header.entries.enumerated().map { (ExactText($0.element.name), $0.offset) })
    }

    /// The file.
    public var path: FilePath { file.path }

    /// The tensor with a name.
    public func entry(_ name: String) -> SafetensorsHeader.Entry? {
        places[ExactText(name)].map { header.entries[$0] }
    }

    /// The tensor with a name, or an error saying that it is missing.
    public func required(_ name: String) throws(CheckpointError) -> SafetensorsHeader.Entry {
        guard let entry = entry(name) else {
            throw CheckpointError("the tensor '\(name)' is missing", path: path)
        }
        return entry
    }

    /// Passes a tensor's bytes to `body`, memory-mapped.
    public func withBytes<Result, Failure: Error>(
        of entry: SafetensorsHeader.Entry, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try file.withBytes(entry.range, body)
    }

    /// A copy of a tensor's bytes.
    public func bytes(of entry: SafetensorsHeader.Entry) -> [UInt8] {
        file.bytes(entry.range)
    }

    /// A tensor's elements, or those of some rows (slices of the outermost dimension), as 32-bit floats.
    ///
    /// - Throws: if its type is not F32, F16 or BF16.
    public func floats(of entry: SafetensorsHeader.Entry, rows: Range<Int>? = nil) throws(CheckpointError)
        -> [Float]
    {
        var range = entry.range
        if let rows, let count = entry.shape.first, count > 0 {
            precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "the rows are within the tensor")
            let width = entry.range.count / count
            range =
                (range.lowerBound + rows.lowerBound * width)..<(range.lowerBound + rows.upperBound * width)
        }
        let type = entry.type
        guard let read = type.reader else {
            throw CheckpointError(
                "the tensor '\(entry.name)' has the type \(type.rawValue); only F32, F16 and BF16 are supported",
                path: path)
        }
        return file.withBytes(range) { bytes in read(bytes) }
    }

    /// Releases the memory of a tensor that was read.
    public func release(_ entry: SafetensorsHeader.Entry) { file.release(entry.range) }
}

extension ElementType {
    fileprivate var reader: ((RawSpan) -> [Float])? {
        switch self {
        case .float32: FloatConversion.floats(float32:)
        case .bfloat16: FloatConversion.floats(bfloat16:)
        case .float16: FloatConversion.floats(float16:)
        default: nil
        }
    }
}
