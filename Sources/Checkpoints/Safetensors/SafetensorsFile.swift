public import Files
internal import FloatFormats
internal import Texts

/// A safetensors file, mapped: tensors are read when they are asked for, and take no memory before.
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

    /// The tensor of a name.
    public func entry(_ name: String) -> SafetensorsHeader.Entry? {
        places[ExactText(name)].map { header.entries[$0] }
    }

    /// The tensor of a name, or an error that says that it is missing.
    public func required(_ name: String) throws(CheckpointError) -> SafetensorsHeader.Entry {
        guard let entry = entry(name) else {
            throw CheckpointError("the tensor '\(name)' is missing", path: path)
        }
        return entry
    }

    /// Gives `body` a tensor's bytes, mapped.
    public func withBytes<Result, Failure: Error>(
        of entry: SafetensorsHeader.Entry, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try file.withBytes(entry.range, body)
    }

    /// A tensor's bytes, copied.
    public func bytes(of entry: SafetensorsHeader.Entry) -> [UInt8] {
        file.bytes(entry.range)
    }

    /// A tensor's numbers, or some of its rows' (slices of the outermost dimension), as 32-bit floating point.
    ///
    /// - Throws: where its type is none of F32, F16 and BF16.
    public func floats(of entry: SafetensorsHeader.Entry, rows: Range<Int>? = nil) throws(CheckpointError)
        -> [Float]
    {
        var range = entry.range
        if let rows, let count = entry.shape.first, count > 0 {
            precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows lie within the tensor")
            let width = entry.range.count / count
            range =
                (range.lowerBound + rows.lowerBound * width)..<(range.lowerBound + rows.upperBound * width)
        }
        let type = entry.type
        guard let read = type.reader else {
            throw CheckpointError(
                "the tensor '\(entry.name)' has the type \(type.rawValue); F32, F16 and BF16 can be read",
                path: path)
        }
        return file.withBytes(range) { bytes in read(bytes) }
    }

    /// Gives the memory of a tensor that was read back to the system.
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
