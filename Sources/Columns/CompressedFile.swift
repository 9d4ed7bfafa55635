internal import CArrowInterface
public import Files

/// A file that contains another one in compressed form: gzip, zstd, bzip2, or a zip archive with one member.
public struct CompressedFile: Sendable {
    private let path: FilePath
    private let part: sluice_packed_part
    /// The size and checksum of the unpacked bytes, according to the archive.
    private let expected: (count: Int, checksum: UInt32)?

    /// The compressed file at a path; nil if the file is not compressed.
    ///
    /// - Throws: `ColumnsError` for a zip archive that is damaged or does not have exactly one member.
    public init?(_ path: FilePath) throws {
        let file = try File(path, .reading)
        let size = try file.status().size
        self.path = path
        // Real texts shrink to a tenth; far more is a mistake or an attack.
        let limit = max(Int64(1) << 30, 200 * Int64(size))
        let start = try file.read(upTo: 8)
        if let method = Self.method(start) {
            part = sluice_packed_part(method: method, offset: 0, size: Int64(size), limit: limit)
            expected = nil
        } else if Self.isArchive(start) {
            let member = try ZipArchive(file, path, size: size).onlyMember()
            part = sluice_packed_part(
                method: member.method, offset: Int64(member.offset), size: Int64(member.packedSize),
                limit: limit)
            expected = (member.size, member.checksum)
        } else {
            return nil
        }
    }

    /// Whether a file that begins like this is compressed, or a zip archive.
    package static func isPacked(_ start: [UInt8]) -> Bool { method(start) != nil || isArchive(start) }

    private static func isArchive(_ start: [UInt8]) -> Bool {
        start.starts(with: [0x50, 0x4B, 0x03, 0x04]) || start.starts(with: [0x50, 0x4B, 0x05, 0x06])
    }

    private static func method(_ start: [UInt8]) -> Int32? {
        if start.starts(with: [0x1F, 0x8B, 0x08]) { return Int32(SLUICE_PACKED_GZIP) }
        // A frame that is to be skipped may be the first.
        let isSkippable = start.count > 3 && start[0] & 0xF0 == 0x50 && start[1...3] == [0x2A, 0x4D, 0x18]
        if isSkippable || start.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return Int32(SLUICE_PACKED_ZSTD) }
        if start.starts(with: Array("BZh".utf8)), start.count > 3, start[3] >= 0x31, start[3] <= 0x39 {
            return Int32(SLUICE_PACKED_BZ2)
        }
        return nil
    }

    /// Writes the unpacked file.
    ///
    /// - Throws: `ColumnsError` if the data is damaged, incomplete or implausibly large.
    public func unpack(to output: FilePath) throws {
        var part = part
        var (count, checksum) = (Int64(0), UInt32(0))
        do {
            let bridge = try ArrowBridge.shared.get()
            let text = path.withCString { name in
                output.withCString { output in
                    bridge.functions.pointee.unpack(name, &part, output, &count, &checksum)
                }
            }
            try bridge.check(text)
        } catch {
            throw ColumnsError("\(path) cannot be unpacked: \(error)")
        }
        if let expected, expected != (Int(count), checksum) {
            throw ColumnsError("\(path) cannot be unpacked: it is damaged, its checksum is wrong")
        }
    }
}
