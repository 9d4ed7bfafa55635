import Testing

@testable import LoopbackHTTP

/// Heads of requests, honest and hostile.
struct RequestTests {
    private func request(_ text: String) throws(HTTPRefusal) -> HTTPRequest {
        try HTTPRequest(head: Array(text.utf8))
    }

    @Test func aBrowsersRequestIsRead() throws {
        let request = try request(
            "GET /token/runs/3 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: x y\r\nAccept: */*\r\nContent-Length: 0"
        )
        #expect(request.target == "/token/runs/3" && request.host == "127.0.0.1:8000")
        #expect(try self.request("GET / HTTP/1.0").host == nil)
        #expect(try self.request("GET / HTTP/1.1\r\nHOST:\t localhost:1 \t").host == "localhost:1")
    }

    @Test(arguments: [
        ("", 400), ("GET", 400), ("GET /", 400), ("GET  / HTTP/1.1", 400), ("GET / HTTP/1.1 ", 400),
        (" GET / HTTP/1.1\r\nHost: a", 400), ("GET / HTTP/2.0\r\nHost: a", 505),
        ("GET / FTP/1.1\r\nHost: a", 400),
        ("POST / HTTP/1.1\r\nHost: a", 405), ("HEAD / HTTP/1.1\r\nHost: a", 405),
        ("get / HTTP/1.1\r\nHost: a", 405),
        ("G\u{0}T / HTTP/1.1\r\nHost: a", 400), ("GET http://a/ HTTP/1.1\r\nHost: a", 400),
        ("GET * HTTP/1.1\r\nHost: a", 400), ("GET /\u{7F} HTTP/1.1\r\nHost: a", 400),
        ("GET /é HTTP/1.1\r\nHost: a", 400), ("GET / HTTP/1.1", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a", 400),
        ("GET / HTTP/1.1\r\nHost: a\nX: y", 400), ("GET / HTTP/1.1\r\nHost: a\rX: y", 400),
        ("GET / HTTP/1.1\r\nHost : a", 400), ("GET / HTTP/1.1\r\nHost: a\r\n X: folded", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n: x", 400), ("GET / HTTP/1.1\r\nHost: a\r\nno colon", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5", 413),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1", 413),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked", 501),
    ])
    func invalidRequestsAreRejected(text: String, status: Int) {
        #expect(throws: HTTPRefusal(status)) { try request(text) }
    }

    @Test func thereAreLimits() throws {
        let long = String(repeating: "a", count: 1023)
        #expect(try request("GET /\(long) HTTP/1.1\r\nHost: a").target.utf8.count == 1024)
        #expect(throws: HTTPRefusal(414)) { try request("GET /\(long)a HTTP/1.1\r\nHost: a") }
        func headers(_ count: Int) -> String {
            "GET / HTTP/1.1\r\nHost: a" + String(repeating: "\r\nX: y", count: count - 1)
        }
        #expect(try request(headers(64)).host == "a")
        #expect(throws: HTTPRefusal(431)) { try request(headers(65)) }
    }

    /// Any bytes at all give an answer, and never a request with an unseen character in its target.
    @Test func nothingBreaksTheReader() {
        var state: UInt64 = 7
        let pieces = ["GET ", "/", " HTTP/1.1", "\r\n", "Host: ", "a", ":", " ", "\u{0}", "\u{FF}", "%2e%2e"]
            .map {
                Array($0.utf8)
            }
        for _ in 0..<20_000 {
            var head: [UInt8] = []
            while state % 11 != 0 || head.isEmpty {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                head += pieces[Int(state >> 33) % pieces.count]
                state ^= state >> 29
                if head.count > 200 { break }
            }
            state &+= 1
            if let request = try? HTTPRequest(head: head) {
                #expect(request.target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
            }
        }
    }
}
