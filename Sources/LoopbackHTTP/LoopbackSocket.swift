internal import Glibc

/// A socket on 127.0.0.1, never blocking; closed when it is destroyed.
final class LoopbackSocket {
    let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = close(descriptor) }

    /// Listens on a port of 127.0.0.1; on any free one if it is 0.
    static func listening(port: UInt16) throws(LoopbackError) -> LoopbackSocket {
        let descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw LoopbackError("no socket could be created", errno) }
        let socket = LoopbackSocket(descriptor)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // bind(2) reads `size` bytes of an address of the family that it names.
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard status == 0 else { throw LoopbackError("port \(port) of 127.0.0.1 cannot be used", errno) }
        guard listen(descriptor, 16) == 0 else { throw LoopbackError("cannot listen on 127.0.0.1", errno) }
        return socket
    }

    /// The port that it listens on.
    var port: UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // getsockname(2) writes at most `size` bytes.
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return status == 0 ? UInt16(bigEndian: address.sin_port) : 0
    }

    /// A pending connection; nil if there is none.
    func accepted() -> LoopbackSocket? {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return nil }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        _ = fcntl(connection, F_SETFL, O_NONBLOCK)
        return LoopbackSocket(connection)
    }

    /// The outcome of a transfer.
    enum Transfer { case bytes(Int), later, over }

    /// Reads at most `limit` bytes.
    func receive(_ limit: Int, into bytes: inout [UInt8]) -> Transfer {
        var got = 0
        let read = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            // recv(2) initializes exactly as many bytes as it returns.
            repeat { got = recv(descriptor, buffer.baseAddress, limit, 0) } while got < 0 && errno == EINTR
            count = max(0, got)
        }
        if got < 0 { return errno == EAGAIN || errno == EWOULDBLOCK ? .later : .over }
        bytes += read
        return got == 0 ? .over : .bytes(got)
    }

    /// Writes as many bytes as there is room for.
    func send(_ bytes: ArraySlice<UInt8>) -> Transfer {
        var sent = 0
        bytes.withUnsafeBytes { buffer in
            // send(2) reads at most the bytes of the buffer.
            repeat {
                sent = Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            } while sent < 0 && errno == EINTR
        }
        if sent < 0 { return errno == EAGAIN || errno == EWOULDBLOCK ? .later : .over }
        return .bytes(sent)
    }

    /// Announces that nothing more will be sent.
    func finish() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// The indices of the sockets that can be read from or written to without waiting.
    static func ready(
        reading: [Int32], writing: [Int32], milliseconds: Int
    ) -> (reading: Set<Int32>, writing: Set<Int32>) {
        var entries =
            reading.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            + writing.map { pollfd(fd: $0, events: Int16(POLLOUT), revents: 0) }
        guard poll(&entries, nfds_t(entries.count), Int32(clamping: milliseconds)) > 0 else {
            return ([], [])
        }
        let ready = entries.filter { $0.revents != 0 }
        return (
            Set(ready.filter { $0.events == Int16(POLLIN) }.map(\.fd)),
            Set(ready.filter { $0.events == Int16(POLLOUT) }.map(\.fd))
        )
    }
}

/// Why a server cannot be started.
package struct LoopbackError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The message.
    package let description: String

    init(_ what: String, _ code: Int32) { description = what + ": " + String(cString: strerror(code)) }
}
