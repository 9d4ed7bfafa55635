internal import Glibc

/// A pipe; both ends are closed when it is destroyed.
public final class Pipe: Sendable {
    /// The descriptor to read from, non-blocking.
    public let reading: Int32
    /// The descriptor to write to.
    public let writing: Int32

    /// Creates a pipe whose ends are not inherited.
    public init() throws(ProcessError) {
        (reading, writing) = try makePipe()
    }

    deinit {
        _ = close(reading)
        _ = close(writing)
    }

    /// Writes one byte to wake whoever polls the other end; a full pipe wakes them already.
    public func wake() {
        var byte: UInt8 = 1
        _ = write(writing, &byte, 1)
    }

    /// Discards the bytes in the pipe.
    public func drain() { while !DescriptorReading.available(reading, limit: 4096).bytes.isEmpty {} }
}

/// A pipe for a child: the writing end can be closed here once the child has it. For one owner.
public final class ClosablePipe {
    /// The descriptor to read from, non-blocking.
    public let reading: Int32
    /// The descriptor to write to; -1 after it was closed.
    public private(set) var writing: Int32

    /// Creates a pipe whose ends are not inherited.
    public init() throws(ProcessError) {
        (reading, writing) = try makePipe()
    }

    deinit {
        _ = close(reading)
        closeWriting()
    }

    /// Closes the writing end.
    public func closeWriting() {
        if writing >= 0 { _ = close(writing) }
        writing = -1
    }
}

@available(*, unavailable)
extension ClosablePipe: Sendable {}

private func makePipe() throws(ProcessError) -> (reading: Int32, writing: Int32) {
    var ends: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutablePointer(to: &ends) { pointer in
        // A pair of Int32 has the layout of int[2].
        pointer.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) }
    }
    guard result == 0 else { throw ProcessError(code: errno, operation: "make a pipe") }
    _ = fcntl(ends.0, F_SETFD, FD_CLOEXEC)
    _ = fcntl(ends.1, F_SETFD, FD_CLOEXEC)
    _ = fcntl(ends.0, F_SETFL, O_NONBLOCK)
    return (ends.0, ends.1)
}

/// Reads from non-blocking descriptors.
public enum DescriptorReading: Sendable {
    /// The bytes that can be read without waiting, at most `limit`; `isAtEnd` if there is no writer any more.
    public static func available(_ descriptor: Int32, limit: Int) -> (bytes: [UInt8], isAtEnd: Bool) {
        var got = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            // read(2) initializes exactly as many bytes as it returns.
            repeat { got = read(descriptor, buffer.baseAddress, limit) } while got < 0 && errno == EINTR
            count = max(0, got)
        }
        return (bytes, got == 0)
    }
}
