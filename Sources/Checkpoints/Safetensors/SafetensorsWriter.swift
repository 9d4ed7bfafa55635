public import Files
internal import FloatFormats
internal import JSON
internal import Texts

/// Writes a safetensors file, one tensor at a time, in any order; equal tensors give equal bytes.
///
/// All offsets are known from the start, so writing a file of any size takes no more memory than one tensor. Tensors
/// are ordered by type, widest first, then by name, as in the format's own library, so that the bytes are the same.
public struct SafetensorsWriter: ~Copyable, Sendable {
    /// A tensor to write.
    public struct Tensor: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// The element type in the file.
        public let type: ElementType
        /// Its dimensions, outermost first.
        public let shape: [Int]

        /// A tensor from its parts.
        public init(_ name: String, _ type: ElementType, _ shape: [Int]) {
            self.name = name
            self.type = type
            self.shape = shape
        }

        /// Its size in bytes.
        public var byteCount: Int { shape.reduce(type.size, *) }
    }

    private let file: File
    private let path: FilePath
    private var pending: [ExactText: (tensor: Tensor, place: Int)]

    /// Creates the file and writes its header.
    ///
    /// - Parameters:
    ///   - tensors: the tensors that will be written, with unique names.
    ///   - metadata: the file's metadata.
    public init(_ path: FilePath, tensors: [Tensor], metadata: [String: String] = ["format": "pt"]) throws {
        let plan = try Self.plan(tensors, metadata, path)
        let file = try File(path, .writing)
        try file.write(plan.header)
        self.file = file
        self.path = path
        pending = plan.places
    }

    /// The start of the file, and the offset of each tensor.
    private static func plan(
        _ tensors: [Tensor], _ metadata: [String: String], _ path: FilePath
    ) throws(CheckpointError) -> (header: [UInt8], places: [ExactText: (tensor: Tensor, place: Int)]) {
        let sorted = tensors.sorted {
            $0.type != $1.type ? $0.type.rank > $1.type.rank : $0.name.precedesByBytes($1.name)
        }
        var places: [ExactText: (tensor: Tensor, place: Int)] = [:]
        var end = 0
        for tensor in sorted {
            guard places.updateValue((tensor, end), forKey: ExactText(tensor.name)) == nil else {
                throw CheckpointError("the tensor '\(tensor.name)' would be written twice", path: path)
            }
            end += tensor.byteCount
        }
        var header = json(sorted, metadata)
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        let base = 8 + header.count
        return (length + header, places.mapValues { ($0.tensor, base + $0.place) })
    }

    /// The header of tensors that lie in this order.
    private static func json(_ tensors: [Tensor], _ metadata: [String: String]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            if !metadata.isEmpty {
                writer.member("__metadata__") { writer in
                    writer.object { writer in
                        for (name, text) in metadata.sorted(by: { $0.key.precedesByBytes($1.key) }) {
                            writer.member(name) { $0.string(text) }
                        }
                    }
                }
            }
            var end = 0
            for tensor in tensors {
                let next = end + tensor.byteCount
                writer.member(tensor.name) { writer in
                    writer.object { writer in
                        writer.member("dtype") { $0.string(tensor.type.rawValue) }
                        writer.member("shape") { $0.list(tensor.shape) { $0.integer($1) } }
                        writer.member("data_offsets") { $0.list([end, next]) { $0.integer($1) } }
                    }
                }
                end = next
            }
        }
        return writer.bytes
    }

    /// Writes a tensor's bytes.
    public mutating func write(_ name: String, bytes: borrowing RawSpan) throws {
        guard let (tensor, place) = pending.removeValue(forKey: ExactText(name)) else {
            throw CheckpointError(
                "the tensor '\(name)' is not declared, or has already been written", path: path)
        }
        guard bytes.byteCount == tensor.byteCount else {
            throw CheckpointError(
                "the tensor '\(name)' has \(bytes.byteCount) bytes instead of \(tensor.byteCount)",
                path: path)
        }
        try file.write(bytes, at: place)
    }

    /// Writes a tensor's bytes.
    public mutating func write(_ name: String, bytes: [UInt8]) throws {
        try write(name, bytes: bytes.span.bytes)
    }

    /// Writes a tensor's elements in its declared type: F32, F16 or BF16.
    public mutating func write(_ name: String, floats: some Collection<Float>) throws {
        switch pending[ExactText(name)]?.tensor.type {
        case .float32?: try write(name, bytes: FloatConversion.bytes(float32: floats))
        case .bfloat16?: try write(name, bytes: FloatConversion.bytes(bfloat16: floats))
        case .float16?: try write(name, bytes: FloatConversion.bytes(float16: floats))
        default: throw CheckpointError("the tensor '\(name)' is declared with another type", path: path)
        }
    }

    /// Finishes the file.
    ///
    /// - Parameter synchronizes: whether to wait until the bytes are on disk.
    /// - Throws: if a declared tensor was not written.
    public consuming func finish(synchronizes: Bool = false) throws {
        if let name = pending.keys.min() {
            throw CheckpointError("the tensor '\(name)' was declared but not written", path: path)
        }
        if synchronizes { try file.synchronize() }
    }
}
