import Dispatch
import Glibc
import Synchronization
import Testing

@testable import LoopbackHTTP

/// A connection to the server, for what no browser would send.
private final class Client {
    private let descriptor: Int32

    init(port: Int) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        #expect(status == 0)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// All that comes until the server closes the connection.
    func rest() -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += buffer[..<count]
        }
    }
}

private func withServer(
    _ limits: LoopbackServer.Limits = LoopbackServer.Limits(),
    answering answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse = { request in
        HTTPResponse(mediaType: "text/plain", body: Array("you asked for \(request.target)".utf8))
    }, _ body: (Int) throws -> Void
) throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let stop = ends[0]
    let port = Mutex(0)
    let started = DispatchSemaphore(value: 0)
    let ended = DispatchSemaphore(value: 0)
    // A separate thread, because it blocks.
    DispatchQueue(label: "server").async {
        if let server = try? LoopbackServer(limits: limits) {
            port.withLock { $0 = server.port }
            started.signal()
            server.run(until: stop, answering: answer)
        } else {
            started.signal()
        }
        ended.signal()
    }
    started.wait()
    defer {
        _ = write(ends[1], "x", 1)
        ended.wait()
        close(ends[0])
        close(ends[1])
    }
    let number = port.withLock { $0 }
    try #require(number > 0)
    try body(number)
}

struct ServerTests {
    private func head(_ port: Int, _ target: String = "/", host: String? = nil) -> String {
        "GET \(target) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\n\r\n"
    }

    private func answer(_ port: Int, _ text: String) -> String {
        let client = Client(port: port)
        client.send(text)
        return client.rest()
    }

    @Test func aRequestIsAnsweredAndTheConnectionEnds() throws {
        try withServer { port in
            let answer = answer(port, head(port, "/a?b"))
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\nyou asked for /a?b"))
            for header in [
                "Content-Length: 18", "Connection: close", "X-Content-Type-Options: nosniff",
                "Cache-Control: no-store",
                "Referrer-Policy: no-referrer", "X-Frame-Options: DENY",
                "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
            ] { #expect(answer.contains("\r\n" + header), "\(header)") }
            #expect(self.answer(port, head(port, host: "LOCALHOST:\(port)")).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func otherHostsAreRefused() throws {
        try withServer { port in
            for host in [
                "evil.example", "evil.example:\(port)", "127.0.0.1", "127.0.0.1:\(port + 1)",
                "127.0.0.1:\(port).evil.example",
                "127.0.0.1:\(port)@evil.example", "[::1]:\(port)", "127.1:\(port)", "",
            ] { #expect(answer(port, head(port, host: host)).hasPrefix("HTTP/1.1 421"), "\(host)") }
            #expect(answer(port, "GET / HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.1 421"))
        }
    }

    @Test func hostileRequestsGetAnAnswer() throws {
        try withServer { port in
            for (text, status) in [
                ("\r\n\r\n", 400), ("nonsense\r\n\r\n", 400), ("POST / HTTP/1.1\r\nHost: a\r\n\r\nbody", 405),
                (head(port).replacing("GET", with: "CONNECT"), 405),
                ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 100) + "\r\n", 431),
                ("GET /" + String(repeating: "a", count: 5000) + " HTTP/1.1\r\n\r\n", 414),
                (String(repeating: "a", count: 100_000), 431),
                (String(repeating: "\r\n", count: 3) + head(port), 400),
            ] { #expect(answer(port, text).hasPrefix("HTTP/1.1 \(status)"), "\(text.prefix(40))") }
            // What comes after the request is not looked at.
            let twice = answer(port, head(port, "/one") + head(port, "/two"))
            #expect(twice.contains("/one") && !twice.contains("/two"))
            // And after all this it still answers.
            #expect(answer(port, head(port)).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func aClientThatSendsNothingIsNotWaitedFor() throws {
        var limits = LoopbackServer.Limits()
        limits.requestSeconds = 0.2
        try withServer(limits) { port in
            let silent = Client(port: port)
            let slow = Client(port: port)
            slow.send("GET / HTTP/1.1\r\nHo")
            #expect(answer(port, head(port)).hasPrefix("HTTP/1.1 200"))
            #expect(silent.rest().hasPrefix("HTTP/1.1 408") && slow.rest().hasPrefix("HTTP/1.1 408"))
        }
    }

    @Test func manyConnectionsDoNotKeepOthersOut() throws {
        var limits = LoopbackServer.Limits()
        limits.connections = 4
        try withServer(limits) { port in
            let silent = (0..<12).map { _ in Client(port: port) }
            #expect(answer(port, head(port)).hasPrefix("HTTP/1.1 200"))
            // Those that were first are gone.
            #expect(silent[0].rest().isEmpty)
        }
    }

    @Test func aLargeAnswerArrivesWhole() throws {
        let size = 20 << 20
        try withServer(answering: { _ in
            HTTPResponse(mediaType: "text/plain", body: [UInt8](repeating: UInt8(ascii: "x"), count: size))
        }) { port in
            let client = Client(port: port)
            client.send(head(port))
            // Others are answered while it is not taken.
            let other = Client(port: port)
            other.send("POST / HTTP/1.1\r\n\r\n")
            #expect(other.rest().hasPrefix("HTTP/1.1 405"))
            #expect(client.rest().utf8.suffix(size).allSatisfy { $0 == UInt8(ascii: "x") })
        }
    }

    @Test func aClientThatReadsNoResponseIsDropped() throws {
        var limits = LoopbackServer.Limits()
        limits.answerSeconds = 0.2
        limits.connections = 2
        try withServer(
            limits,
            answering: { _ in
                HTTPResponse(mediaType: "text/plain", body: [UInt8](repeating: 0, count: 30 << 20))
            }
        ) { port in
            let client = Client(port: port)
            client.send(head(port))
            usleep(600_000)
            #expect(client.rest().utf8.count < 30 << 20)
        }
    }
}
