internal import CLinux
internal import Glibc

/// Whole files at once.
public enum FileContents: Sendable {
    /// The bytes of a file.
    ///
    /// - Parameter limit: the most bytes to read; a larger file is an error (`EFBIG`).
    public static func read(_ path: FilePath, limit: Int = Int.max) throws(FileError) -> [UInt8] {
        let file = try File(path, .reading)
        let size = try file.status().size
        guard size <= limit else { throw FileError(code: EFBIG, operation: "read", path: path) }
        var bytes = try file.read(upTo: max(size, 4096))
        while true {
            guard bytes.count <= limit else { throw FileError(code: EFBIG, operation: "read", path: path) }
            let more = try file.read(upTo: 65_536)
            if more.isEmpty { return bytes }
            bytes += more
        }
    }

    /// The text of a file, with invalid UTF-8 repaired.
    public static func readText(_ path: FilePath, limit: Int = Int.max) throws(FileError) -> String {
        String(decoding: try read(path, limit: limit), as: UTF8.self)
    }

    /// Replaces a file atomically: readers see the old bytes or the new ones. Bytes for a device or a pipe are written to it.
    public static func write(_ bytes: [UInt8], to path: FilePath) throws(FileError) {
        if (try? FileStatus(of: path).kind) == .other { return try File(path, .appending).write(bytes) }
        let temporary = FilePath(path.text + ".\(getpid()).part")
        do {
            let file = try File(temporary, .writing)
            try file.write(bytes)
        } catch {
            try? FileSystem.removeFile(temporary)
            // The name of the temporary file means nothing to users.
            throw FileError(code: error.code, operation: "write", path: path)
        }
        try FileSystem.rename(temporary, to: path)
    }

    /// Replaces a file atomically.
    public static func write(_ text: String, to path: FilePath) throws(FileError) {
        try write(Array(text.utf8), to: path)
    }

    /// Overwrites a file in place, or creates it. Only for files that nothing reads meanwhile.
    ///
    /// The file is not emptied first: some file systems then write its new bytes to the disk at once.
    public static func overwrite(_ path: FilePath, with bytes: [UInt8]) throws(FileError) {
        let file: File
        do {
            file = try File(path, .updating, followsLinks: false)
        } catch {
            guard error.isMissing else { throw error }
            return try File(path, .creating).write(bytes)
        }
        try file.write(bytes)
        try file.truncate(to: bytes.count)
    }

    /// Copies a file's bytes to a new file, sharing blocks if the file system supports it.
    ///
    /// - Parameter synchronizes: true to return only when the bytes are on the disk.
    public static func copy(
        _ path: FilePath, to target: FilePath, permissions: UInt32 = 0o666, synchronizes: Bool = false
    ) throws(FileError) {
        let source = try File(path, .reading)
        let copy = try File(target, .writing, permissions: permissions)
        try copyBytes(of: source, path, to: copy, target, writesBehind: synchronizes)
        if synchronizes { try copy.synchronize() }
    }

    private static func copyBytes(
        of source: borrowing File, _ path: FilePath, to copy: borrowing File, _ target: FilePath,
        writesBehind: Bool
    ) throws(FileError) {
        // In pieces, so that the disk starts on the first before the last is copied.
        let piece: UInt = writesBehind ? 16 << 20 : 1 << 30
        while true {
            let moved = sluice_copy_file_range(source.descriptor, copy.descriptor, piece)
            if moved == 0 { return }
            if moved < 0 {
                if errno == EINTR { continue }
                guard errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP else {
                    throw FileError(code: errno, operation: "copy to \(target)", path: path)
                }
                break
            }
            if writesBehind { copy.beginSynchronizing() }
        }
        while true {
            let bytes = try source.read(upTo: 1 << 20)
            if bytes.isEmpty { return }
            try copy.write(bytes)
            if writesBehind { copy.beginSynchronizing() }
        }
    }

    /// Calls `body` with the bytes of a file piece by piece, in order; all pieces share one buffer.
    public static func forEachPiece(
        of path: FilePath, size: Int = 1 << 18, _ body: (RawSpan) throws -> Void
    ) throws {
        try forEachPiece(of: try File(path, .reading), path, size: size, body)
    }

    /// Calls `body` with the bytes of an open file piece by piece, from its current position on; `path` is for errors.
    public static func forEachPiece(
        of file: borrowing File, _ path: FilePath, size: Int = 1 << 18, _ body: (RawSpan) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            // read(2) initializes as many bytes as it returns, at most the buffer's size.
            let got = Glibc.read(file.descriptor, buffer.baseAddress, size)
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw FileError(code: errno, operation: "read", path: path) }
            if got == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<got]).bytes)
        }
    }

    /// Calls `body` with the bytes of a file, mapped into memory: pages are read when they are touched.
    public static func withMapped<Result>(
        _ path: FilePath, _ body: (Span<UInt8>) throws -> Result
    ) throws -> Result {
        let file = try File(path, .reading)
        let size = try file.status().size
        guard size > 0 else { return try body([UInt8]().span) }
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0),
            address != MAP_FAILED
        else { throw FileError(code: errno, operation: "map", path: path) }
        defer { munmap(address, size) }
        _ = madvise(address, size, MADV_SEQUENTIAL)
        // The mapping covers `size` bytes and lives until `body` has returned.
        let buffer = UnsafeBufferPointer(start: address.assumingMemoryBound(to: UInt8.self), count: size)
        return try body(buffer.span)
    }
}
