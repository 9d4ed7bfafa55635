/// A response, after which the connection is closed.
package struct HTTPResponse: Sendable {
    /// The status code.
    package let status: Int
    /// The media type of the body.
    package let mediaType: String
    /// The body.
    package let body: [UInt8]
    /// The content security policy.
    package let policy: String

    /// The policy that allows nothing.
    package static let strictestPolicy =
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

    /// A response with a body.
    package init(
        status: Int = 200, mediaType: String, body: [UInt8], policy: String = strictestPolicy
    ) {
        self.status = status
        self.mediaType = mediaType
        self.body = body
        self.policy = policy
    }

    /// A response whose body is the status and its name.
    package init(status: Int) {
        self.init(
            status: status, mediaType: "text/plain; charset=utf-8",
            body: Array("\(status) \(Self.phrase(status))\n".utf8))
    }

    /// The bytes of the response.
    var bytes: [UInt8] {
        var head = "HTTP/1.1 \(status) \(Self.phrase(status))\r\n"
        let headers = [
            ("Content-Type", mediaType), ("Content-Length", String(body.count)), ("Connection", "close"),
            ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ]
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if status == 405 { head += "Allow: GET\r\n" }
        return Array((head + "\r\n").utf8) + body
    }

    private static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 421: "Misdirected Request"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 505: "HTTP Version Not Supported"
        default: "Error"
        }
    }
}
