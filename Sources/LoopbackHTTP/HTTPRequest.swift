/// The head of a request, as far as a server that only supports GET needs it (RFC 9112).
package struct HTTPRequest: Sendable, Hashable {
    /// The path and the query as in the request; begins with `/` and has only visible ASCII characters.
    package let target: String
    /// The value of the header `Host`; nil in a request of version 1.0 without one.
    package let host: String?

    /// Limits on a request.
    package struct Limits: Sendable {
        /// Bytes of the head.
        package var headBytes = 8192
        /// Bytes of the target.
        package var targetBytes = 1024
        /// Header lines.
        package var headers = 64

        /// The default limits.
        package init() {}
    }

    /// Reads the head of a request, without the empty line that ends it.
    ///
    /// Rejects everything that parsers interpret differently: bare line feeds, folded lines, spaces before a colon, two hosts, and
    /// bodies.
    ///
    /// - Throws: `HTTPRefusal` with the status of the response.
    package init(head: [UInt8], limits: Limits = Limits()) throws(HTTPRefusal) {
        var lines = try Self.lines(of: head)
        guard !lines.isEmpty else { throw HTTPRefusal(400) }
        let first = lines.removeFirst()
        let words = first.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(Self.isTokenByte) else {
            throw HTTPRefusal(400)
        }
        let version = String(decoding: words[2], as: UTF8.self)
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
            throw HTTPRefusal(version.utf8.starts(with: "HTTP/".utf8) ? 505 : 400)
        }
        guard words[0].elementsEqual("GET".utf8) else { throw HTTPRefusal(405) }
        guard words[1].count <= limits.targetBytes else { throw HTTPRefusal(414) }
        guard words[1].first == UInt8(ascii: "/"), words[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw HTTPRefusal(400)
        }
        guard lines.count <= limits.headers else { throw HTTPRefusal(431) }
        target = String(decoding: words[1], as: UTF8.self)
        var hosts: [String] = []
        for line in lines {
            let (name, value) = try Self.header(line)
            switch name {
            case "host": hosts.append(value)
            case "content-length": guard value == "0" else { throw HTTPRefusal(413) }
            case "transfer-encoding": throw HTTPRefusal(501)
            default: break
            }
        }
        guard hosts.count == 1 || hosts.isEmpty && version == "HTTP/1.0" else { throw HTTPRefusal(400) }
        host = hosts.first
    }

    /// The lines, separated by CR LF.
    private static func lines(of head: [UInt8]) throws(HTTPRefusal) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = head.startIndex
        var index = head.startIndex
        while index < head.endIndex {
            switch head[index] {
            case 0x0D:
                guard index + 1 < head.endIndex, head[index + 1] == 0x0A else { throw HTTPRefusal(400) }
                lines.append(head[start..<index])
                index += 2
                start = index
            case 0x0A, 0: throw HTTPRefusal(400)
            default: index += 1
            }
        }
        return lines + [head[start...]]
    }

    private static func header(_ line: ArraySlice<UInt8>) throws(HTTPRefusal) -> (name: String, value: String)
    {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(isTokenByte)
        else { throw HTTPRefusal(400) }
        var value = line[(colon + 1)...]
        guard value.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }) else { throw HTTPRefusal(400) }
        while let byte = value.first, byte == 0x20 || byte == 0x09 { value = value.dropFirst() }
        while let byte = value.last, byte == 0x20 || byte == 0x09 { value = value.dropLast() }
        return (
            String(decoding: line[..<colon], as: UTF8.self).lowercased(),
            String(decoding: value, as: UTF8.self)
        )
    }

    /// True for the bytes of a method or a header's name.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

/// Why a request is rejected.
package struct HTTPRefusal: Error, Sendable, Hashable {
    /// The status code.
    package let status: Int

    /// A refusal with a status code.
    package init(_ status: Int) { self.status = status }
}
