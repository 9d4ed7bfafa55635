internal import Clocks

/// A server for users of this machine: only GET, on 127.0.0.1, one request per connection, with limits on everything.
///
/// Requests for other names that resolve to 127.0.0.1 (DNS rebinding) are rejected because of their `Host`. Any user of the
/// machine can connect, so the handler has to check who may see what.
package final class LoopbackServer {
    /// The limits.
    package struct Limits: Sendable {
        /// The limits on a request's head, in bytes and lines.
        package var request = HTTPRequest.Limits()
        /// Concurrent connections; a new one closes the one that has been sending its request for the longest time.
        package var connections = 32
        /// Seconds within which a request must arrive.
        package var requestSeconds = 5.0
        /// Seconds within which a response must be read.
        package var answerSeconds = 60.0
        /// Seconds within which the client must close the connection after the response.
        package var closingSeconds = 1.0

        /// The default limits.
        package init() {}
    }

    /// The port.
    package let port: Int
    private let listener: LoopbackSocket
    private let limits: Limits
    private let hosts: [String]
    private var connections: [Int32: Connection] = [:]

    /// A server that listens on a port; on one that the system chooses if it is 0.
    package init(port: Int = 0, limits: Limits = Limits()) throws(LoopbackError) {
        listener = try LoopbackSocket.listening(port: UInt16(clamping: port))
        self.port = Int(listener.port)
        self.limits = limits
        hosts =
            ["127.0.0.1:\(self.port)", "localhost:\(self.port)"]
            + (self.port == 80 ? ["127.0.0.1", "localhost"] : [])
    }

    /// Serves requests until a descriptor is readable.
    package func run(until stop: Int32, answering answer: (HTTPRequest) -> HTTPResponse) {
        while true {
            let now = MonotonicClock.seconds()
            for (descriptor, connection) in connections where connection.deadline <= now {
                expire(descriptor, connection, now)
            }
            let writing = connections.filter { $0.value.isWriting }.map(\.key)
            let reading = connections.filter { !$0.value.isWriting }.map(\.key)
            let next = connections.values.map(\.deadline).min()
            let ready = LoopbackSocket.ready(
                reading: [stop, listener.descriptor] + reading, writing: writing,
                milliseconds: next.map { max(0, Int((($0 - now) * 1000).rounded(.up))) } ?? -1)
            if ready.reading.contains(stop) { return }
            for descriptor in ready.reading.union(ready.writing).sorted() {
                guard let connection = connections[descriptor] else { continue }
                advance(descriptor, connection, answer)
            }
            if ready.reading.contains(listener.descriptor) { accept() }
        }
    }

    private func accept() {
        while let socket = listener.accepted() {
            if connections.count >= limits.connections {
                let oldest = connections.min { $0.value.deadline < $1.value.deadline }
                if let oldest { connections[oldest.key] = nil }
            }
            connections[socket.descriptor] = Connection(
                socket, deadline: MonotonicClock.seconds() + limits.requestSeconds)
        }
    }

    /// Continues with a connection as far as possible without waiting.
    private func advance(
        _ descriptor: Int32, _ connection: Connection, _ answer: (HTTPRequest) -> HTTPResponse
    ) {
        switch connection.state {
        case .reading:
            guard let head = connection.head(limit: limits.request.headBytes) else { return }
            let response: HTTPResponse
            switch head {
            case .complete(let bytes): response = self.response(to: bytes, answer)
            case .tooLarge: response = HTTPResponse(status: 431)
            case .over:
                connections[descriptor] = nil
                return
            }
            connection.begin(response, deadline: MonotonicClock.seconds() + limits.answerSeconds)
            advance(descriptor, connection, answer)
        case .writing:
            guard let isDone = connection.write() else {
                connections[descriptor] = nil
                return
            }
            if isDone { connection.close(deadline: MonotonicClock.seconds() + limits.closingSeconds) }
        case .closing: if connection.isOver { connections[descriptor] = nil }
        }
    }

    private func response(to head: [UInt8], _ answer: (HTTPRequest) -> HTTPResponse) -> HTTPResponse {
        do {
            let request = try HTTPRequest(head: head, limits: limits.request)
            guard let host = request.host, hosts.contains(host.lowercased()) else {
                return HTTPResponse(status: 421)
            }
            return answer(request)
        } catch {
            return HTTPResponse(status: error.status)
        }
    }

    private func expire(_ descriptor: Int32, _ connection: Connection, _ now: Double) {
        guard case .reading = connection.state else {
            connections[descriptor] = nil
            return
        }
        connection.begin(HTTPResponse(status: 408), deadline: now + limits.closingSeconds)
    }
}

// One thread runs it.
@available(*, unavailable)
extension LoopbackServer: Sendable {}

/// A connection with one request and one response.
private final class Connection {
    enum State {
        case reading
        /// The response, and how much of it has been sent.
        case writing([UInt8], Int)
        /// The response has been sent; the client's remaining bytes are read, because otherwise it might not arrive.
        case closing
    }

    enum Head { case complete([UInt8]), tooLarge, over }

    private let socket: LoopbackSocket
    private(set) var state = State.reading
    private(set) var deadline: Double
    private var received: [UInt8] = []

    /// How many bytes are read after the response, at most.
    private static let maximumIgnored = 1 << 16

    init(_ socket: LoopbackSocket, deadline: Double) {
        self.socket = socket
        self.deadline = deadline
    }

    var isWriting: Bool { if case .writing = state { true } else { false } }

    /// The head as far as it has arrived; nil if it is incomplete.
    func head(limit: Int) -> Head? {
        switch socket.receive(limit + 4 - received.count, into: &received) {
        case .later: return nil
        case .over: return .over
        case .bytes:
            if let end = received.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A]) {
                return .complete(Array(received[..<end.lowerBound]))
            }
            return received.count >= limit + 4 ? .tooLarge : nil
        }
    }

    func begin(_ response: HTTPResponse, deadline: Double) {
        state = .writing(response.bytes, 0)
        self.deadline = deadline
    }

    /// Sends more of the response: true if it is complete, nil if the connection is broken.
    func write() -> Bool? {
        guard case .writing(let bytes, var sent) = state else { return nil }
        while sent < bytes.count {
            switch socket.send(bytes[sent...]) {
            case .bytes(let count): sent += count
            case .later:
                state = .writing(bytes, sent)
                return false
            case .over: return nil
            }
        }
        return true
    }

    func close(deadline: Double) {
        state = .closing
        self.deadline = deadline
        received = []
        socket.finish()
    }

    /// True if the client has closed the connection, or has sent too much.
    var isOver: Bool {
        switch socket.receive(4096, into: &received) {
        case .bytes: received.count > Self.maximumIgnored
        case .later: false
        case .over: true
        }
    }
}
