public import Files
internal import Tensors

/// Writes a safetensors file, a tensor at a time, in any order; equal tensors give equal bytes.
///
/// Where a tensor lies is known from the start, so that a file of any size takes no more memory than one tensor. Tensors
/// lie by type, those of larger numbers first, then by name, as the format's own library puts them: the bytes are the same.
public struct SafetensorsWriter: ~Copyable, Sendable {
    /// A tensor to be written.
    public struct Tensor: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// The type of its numbers in the file.
        public let type: ElementType
        /// Its dimensions, outermost first.
        public let shape: [Int]

        /// A tensor of its parts.
        public init(_ name: String, _ type: ElementType, _ shape: [Int]) {
            self.name = name
            self.type = type
            self.shape = shape
        }

        /// How many bytes it takes.
        public var byteCount: Int { shape.reduce(type.size, *) }
    }

    private let file: File
    private let path: FilePath
    private var pending: [String: (tensor: Tensor, place: Int)]

    /// Makes the file and writes its header.
    ///
    /// - Parameters:
    ///   - tensors: what will be written, each name once.
    ///   - metadata: what the file says of itself.
    public init(_ path: FilePath, tensors: [Tensor], metadata: [String: String] = ["format": "pt"]) throws {
        let plan = try Self.plan(tensors, metadata, path)
        let file = try File(path, .writing)
        try file.write(plan.header)
        self.file = file
        self.path = path
        pending = plan.places
    }

    /// The file's start, and where each tensor will lie.
    private static func plan(
        _ tensors: [Tensor], _ metadata: [String: String], _ path: FilePath
    ) throws(CheckpointError) -> (header: [UInt8], places: [String: (tensor: Tensor, place: Int)]) {
        let sorted = tensors.sorted {
            $0.type != $1.type
                ? $0.type.rank > $1.type.rank : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        var places: [String: (tensor: Tensor, place: Int)] = [:]
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            members.append(
                "\"__metadata__\":{"
                    + pairs.map { jsonText($0.key) + ":" + jsonText($0.value) }.joined(separator: ",") + "}")
        }
        var end = 0
        for tensor in sorted {
            guard places.updateValue((tensor, end), forKey: tensor.name) == nil else {
                throw CheckpointError("the tensor '\(tensor.name)' would be written twice", path: path)
            }
            let next = end + tensor.byteCount
            members.append(
                "\(jsonText(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":"
                    + "[\(tensor.shape.map(String.init).joined(separator: ","))],\"data_offsets\":[\(end),\(next)]}"
            )
            end = next
        }
        var header = Array("{\(members.joined(separator: ","))}".utf8)
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        let base = 8 + header.count
        return (length + header, places.mapValues { ($0.tensor, base + $0.place) })
    }

    /// Writes a tensor's bytes.
    public mutating func write(_ name: String, bytes: borrowing RawSpan) throws {
        guard let (tensor, place) = pending.removeValue(forKey: name) else {
            throw CheckpointError("the tensor '\(name)' is not announced, or written already", path: path)
        }
        guard bytes.byteCount == tensor.byteCount else {
            throw CheckpointError(
                "the tensor '\(name)' has \(bytes.byteCount) bytes in place of \(tensor.byteCount)",
                path: path)
        }
        try file.write(bytes, at: place)
    }

    /// Writes a tensor's bytes.
    public mutating func write(_ name: String, bytes: [UInt8]) throws {
        try write(name, bytes: bytes.span.bytes)
    }

    /// Writes a tensor's numbers in the type that it was announced with: F32, F16 or BF16.
    public mutating func write(_ name: String, floats: some Collection<Float>) throws {
        switch pending[name]?.tensor.type {
        case .float32?: try write(name, bytes: FloatConversion.bytes(float32: floats))
        case .bfloat16?: try write(name, bytes: FloatConversion.bytes(bfloat16: floats))
        case .float16?: try write(name, bytes: FloatConversion.bytes(float16: floats))
        default: throw CheckpointError("the tensor '\(name)' is announced as something else", path: path)
        }
    }

    /// Ends the file.
    ///
    /// - Parameter synchronizes: whether to wait until the bytes are on the disk.
    /// - Throws: where a tensor was announced but not written.
    public consuming func finish(synchronizes: Bool = false) throws {
        if let name = pending.keys.min() {
            throw CheckpointError("the tensor '\(name)' was announced but not written", path: path)
        }
        if synchronizes { try file.synchronize() }
    }
}

/// A text as a JSON string.
func jsonText(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        case "\u{0}"..."\u{1F}":
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
