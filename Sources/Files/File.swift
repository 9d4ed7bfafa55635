internal import CLinux
internal import Glibc

/// An open file with a single owner; closed when the value is destroyed.
public struct File: ~Copyable, Sendable {
    /// How a file is opened.
    public enum Mode: Sendable {
        /// For reading.
        case reading
        /// For writing: created if missing, truncated if it exists.
        case writing
        /// For writing: created; an error if the path exists.
        case creating
        /// For appending: created if missing.
        case appending
        /// For reading and writing what exists.
        case updating
    }

    /// The file descriptor; valid as long as the value lives.
    public let descriptor: Int32
    private let path: FilePath

    /// Opens a file; the descriptor is not inherited by child processes.
    ///
    /// - Parameter followsLinks: false to refuse a symbolic link as the last component of the path.
    public init(
        _ path: FilePath, _ mode: Mode, permissions: UInt32 = 0o666, followsLinks: Bool = true
    ) throws(FileError) {
        let flags =
            switch mode {
            case .reading: O_RDONLY
            case .writing: O_WRONLY | O_CREAT | O_TRUNC
            case .creating: O_WRONLY | O_CREAT | O_EXCL
            case .appending: O_WRONLY | O_CREAT | O_APPEND
            case .updating: O_RDWR
            }
        let links = followsLinks ? 0 : O_NOFOLLOW
        descriptor = retrying {
            path.withCString { open($0, flags | links | O_CLOEXEC, mode_t(permissions)) }
        }
        self.path = path
        guard descriptor >= 0 else { throw FileError(code: errno, operation: "open", path: path) }
    }

    deinit { if descriptor >= 0 { _ = close(descriptor) } }

    /// The status of the open file.
    public func status() throws(FileError) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw FileError(code: errno, operation: "get the status of", path: path)
        }
        return FileStatus(status)
    }

    /// Reads up to `count` bytes at the current position; empty at the end of the file.
    public func read(upTo count: Int) throws(FileError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // read(2) initializes exactly as many bytes as it returns.
            let got = readRetrying(descriptor, buffer.baseAddress, count)
            failure = got < 0 ? errno : 0
            filled = max(0, got)
        }
        guard failure == 0 else { throw FileError(code: failure, operation: "read", path: path) }
        return bytes
    }

    /// Reads up to `count` bytes at the current position and appends them to `bytes`.
    ///
    /// - Returns: the number of bytes read; 0 at the end of the file.
    public func read(upTo count: Int, appendingTo bytes: inout [UInt8]) throws(FileError) -> Int {
        var failure: Int32 = 0
        let before = bytes.count
        bytes.append(addingCapacity: count) { output in
            output.withUnsafeMutableBufferPointer { buffer, filled in
                // The buffer has room for `count` bytes; read(2) initializes exactly as many as it returns.
                let got = readRetrying(descriptor, buffer.baseAddress, count)
                failure = got < 0 ? errno : 0
                filled = max(0, got)
            }
        }
        guard failure == 0 else { throw FileError(code: failure, operation: "read", path: path) }
        return bytes.count - before
    }

    /// Reads `count` bytes starting at `offset`, fewer if the file ends first.
    public func read(upTo count: Int, from offset: Int) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try read(upTo: count, from: offset, appendingTo: &bytes)
        return bytes
    }

    /// Reads `count` bytes starting at `offset`, fewer if the file ends first, and appends them to `bytes`.
    ///
    /// - Returns: the number of bytes read.
    public func read(
        upTo count: Int, from offset: Int, appendingTo bytes: inout [UInt8]
    ) throws(FileError) -> Int {
        var failure: Int32 = 0
        let before = bytes.count
        bytes.append(addingCapacity: count) { output in
            output.withUnsafeMutableBufferPointer { buffer, filled in
                while filled < count {
                    // The buffer has room for `count` bytes; pread(2) initializes exactly as many as it returns.
                    let got = pread(
                        descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, offset + filled)
                    if got < 0 && errno == EINTR { continue }
                    failure = got < 0 ? errno : 0
                    if got <= 0 { return }
                    filled += got
                }
            }
        }
        guard failure == 0 else { throw FileError(code: failure, operation: "read", path: path) }
        return bytes.count - before
    }

    /// Writes all bytes at the current position.
    public func write(_ bytes: borrowing RawSpan) throws(FileError) {
        try write(bytes) { start, count, _ in Glibc.write(descriptor, start, count) }
    }

    /// Writes all bytes at the current position.
    public func write(_ bytes: [UInt8]) throws(FileError) { try write(bytes.span.bytes) }

    /// Writes all bytes at an offset; the current position does not change.
    public func write(_ bytes: borrowing RawSpan, at place: Int) throws(FileError) {
        try write(bytes) { start, count, offset in pwrite(descriptor, start, count, place + offset) }
    }

    /// Calls `put` with the remaining bytes and the number already written, until nothing remains.
    private func write(
        _ bytes: borrowing RawSpan, _ put: (_ start: UnsafeRawPointer?, _ count: Int, _ offset: Int) -> Int
    ) throws(FileError) {
        var failure: Int32 = 0
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                // offset < count, so the pointer stays inside the buffer.
                let written = put(buffer.baseAddress?.advanced(by: offset), buffer.count - offset, offset)
                if written < 0 {
                    if errno == EINTR { continue }
                    failure = errno
                    return
                }
                offset += written
            }
        }
        guard failure == 0 else { throw FileError(code: failure, operation: "write", path: path) }
    }

    /// Punches a hole: gives the disk space of part of the file back. The part reads as zeros, and the file's length
    /// does not change.
    ///
    /// - Throws: a `FileError` with `isUnsupported` if the file system does not support holes.
    public func discard(_ part: Range<Int>) throws(FileError) {
        guard sluice_punch_hole(descriptor, part.lowerBound, part.count) == 0 else {
            throw FileError(code: errno, operation: "discard a part of", path: path)
        }
    }

    /// Truncates the file to `count` bytes.
    public func truncate(to count: Int) throws(FileError) {
        guard retrying({ ftruncate(descriptor, count) }) == 0 else {
            throw FileError(code: errno, operation: "shorten", path: path)
        }
    }

    /// Waits until the bytes are on the disk.
    public func synchronize() throws(FileError) {
        guard retrying({ fsync(descriptor) }) == 0 else {
            throw FileError(code: errno, operation: "synchronise", path: path)
        }
    }

    /// Asks the system to start writing to the disk, without waiting, so that a later `synchronize` has less left to
    /// do.
    package func beginSynchronizing() { _ = sluice_begin_writing(descriptor) }

    /// True if some process has the file open or mapped for writing, as far as the file system can tell. The file must be
    /// open for reading.
    package var hasWriter: Bool { sluice_has_writer(descriptor) != 0 }

    /// Takes a lease on a file that this user owns: as long as the value lives, nobody else can open it. Whoever tries to waits.
    ///
    /// - Returns: false if somebody has it open or mapped, or the file system has no leases.
    package func takeLease() -> Bool { sluice_take_lease(descriptor) == 0 }

    /// True if the lease is held, and nobody has tried to open the file since it was taken.
    package var holdsLease: Bool { sluice_holds_lease(descriptor) != 0 }

    /// Takes the advisory lock on the whole file; false if another process has it and `waits` is false.
    package func lock(isExclusive: Bool = true, waits: Bool = false) throws(FileError) -> Bool {
        let operation = (isExclusive ? LOCK_EX : LOCK_SH) | (waits ? 0 : LOCK_NB)
        while flock(descriptor, operation) != 0 {
            if errno == EWOULDBLOCK { return false }
            if errno == EINTR { continue }
            throw FileError(code: errno, operation: "lock", path: path)
        }
        return true
    }
}

/// Calls the system again as long as a signal interrupts it.
func retrying(_ call: () -> Int32) -> Int32 {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}

private func readRetrying(_ descriptor: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
    while true {
        let got = Glibc.read(descriptor, buffer, count)
        if got >= 0 || errno != EINTR { return got }
    }
}
