internal import Texts

/// The address of a shared cache: `file:///folder`, `http://…`, `https://…`, or `s3://bucket/prefix?endpoint=…`.
package struct RemoteAddress: Sendable, Hashable, CustomStringConvertible {
    package enum Scheme: String, Sendable, Hashable { case file, http, https, s3 }

    package let scheme: Scheme
    /// The address, without a slash at the end; never with a password.
    package let text: String
    /// What follows the scheme and `://`, up to any `?`.
    package let place: String
    /// What follows the `?`, by name.
    package let options: [String: String]

    package var description: String { text }

    /// The options that an S3 address may have.
    package static let bucketOptions = ["endpoint", "region", "anonymous"]

    /// Reads an address.
    package init(_ written: String) throws(RemoteError) {
        func wrong(_ reason: String) -> RemoteError {
            RemoteError(.invalid, "the address '\(written)' \(reason)")
        }
        guard written.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), written.utf8.count <= 2000 else {
            throw wrong("has spaces in it, or is too long")
        }
        let parts = Self.halves(of: written, at: "://")
        guard let parts, let scheme = Scheme(rawValue: parts.0) else {
            throw wrong("does not begin with file:///, https://, http:// or s3://")
        }
        let (place, query) = Self.halves(of: parts.1, at: "?") ?? (parts.1, "")
        var trimmed = place
        while trimmed.utf8.count > 1, trimmed.endsWith("/") { trimmed.removeLast() }
        guard !trimmed.isEmpty, trimmed != "/" else { throw wrong("has nothing after the ://") }
        var options: [String: String] = [:]
        switch scheme {
        case .file:
            guard trimmed.beginsWith("/"), query.isEmpty else {
                throw wrong("must have a folder's absolute path, such as file:///shared/cache")
            }
        case .http, .https:
            guard query.isEmpty, !trimmed.utf8.contains(UInt8(ascii: "#")) else {
                throw wrong("cannot have a ? or #")
            }
            let host = trimmed.utf8.prefix { $0 != UInt8(ascii: "/") }
            guard !host.contains(UInt8(ascii: "@")) else {
                throw wrong("has a name or password in it; put those into ~/.netrc")
            }
        case .s3:
            for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
                let text = String(decoding: pair, as: UTF8.self)
                guard let (name, value) = Self.halves(of: text, at: "="), Self.bucketOptions.contains(name)
                else {
                    throw wrong(
                        "has an unknown option '\(text)'; there are \(Self.bucketOptions.joined(separator: ", "))"
                    )
                }
                options[name] = value
            }
        }
        self.scheme = scheme
        self.place = scheme == .file ? try Self.decoded(trimmed) : trimmed
        self.options = options
        text = "\(scheme.rawValue)://\(trimmed)" + (query.isEmpty ? "" : "?" + query)
    }

    /// A path with its escapes, such as `%20` for a space, decoded.
    private static func decoded(_ path: String) throws(RemoteError) -> String {
        var bytes: [UInt8] = []
        var rest = Array(path.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard
                let decoded = Hexadecimal.bytes(of: Array(rest.prefix(2))), decoded.count == 1,
                decoded[0] != 0
            else {
                throw RemoteError(
                    .invalid, "the address '\(path)' has a % that is not followed by two hexadecimal digits")
            }
            bytes += decoded
            rest = rest.dropFirst(2)
        }
        return SystemText.text(of: bytes)
    }

    /// The parts of a text before and after the first `separator`.
    private static func halves(of text: String, at separator: String) -> (String, String)? {
        let bytes = Array(text.utf8)
        guard let found = bytes.firstRange(of: Array(separator.utf8)) else { return nil }
        return (
            String(decoding: bytes[..<found.lowerBound], as: UTF8.self),
            String(decoding: bytes[found.upperBound...], as: UTF8.self)
        )
    }
}
