internal import Files

/// A position in a GGUF file's header: reads little-endian values one after another, and never beyond the file's end.
struct GGUFCursor {
    /// The longest text, in bytes: chat templates have a few thousand.
    private static let longestText = 1 << 24

    private let file: MappedFile
    private(set) var position: Int

    init(_ file: MappedFile, at position: Int) {
        self.file = file
        self.position = position
    }

    /// How many bytes are left.
    var rest: Int { file.count - position }

    /// The next bytes.
    mutating func bytes(_ count: Int) throws(CheckpointError) -> [UInt8] {
        guard count >= 0, count <= rest else {
            throw CheckpointError(
                "it ends within its header, at byte \(file.count); copy the file again", path: file.path)
        }
        defer { position += count }
        return file.bytes(position..<(position + count))
    }

    /// The next integer, which has as many bytes as its type.
    mutating func integer<Integer: FixedWidthInteger>(
        _: Integer.Type = Integer.self
    ) throws(CheckpointError) -> Integer {
        try bytes(Integer.bitWidth / 8).reversed().reduce(0) { $0 << 8 | Integer(truncatingIfNeeded: $1) }
    }

    /// The next number, which counts something in this file: at most `limit`.
    mutating func count(_ what: String, atMost limit: Int) throws(CheckpointError) -> Int {
        let count = try integer(UInt64.self)
        guard count <= UInt64(limit) else {
            throw CheckpointError(
                "it claims to have \(count) \(what); there can be at most \(limit)", path: file.path)
        }
        return Int(count)
    }

    /// The next text: its number of bytes, then the bytes.
    mutating func text(_ what: String) throws(CheckpointError) -> [UInt8] {
        try bytes(try count("bytes of \(what)", atMost: Self.longestText))
    }

    /// The next text, which is a name: valid UTF-8, and short.
    mutating func name(_ what: String) throws(CheckpointError) -> String {
        let bytes = try text(what)
        guard bytes.count <= 1 << 10, let name = String(validating: bytes, as: UTF8.self) else {
            throw CheckpointError("its header has \(what) that is not a valid name", path: file.path)
        }
        return name
    }
}
