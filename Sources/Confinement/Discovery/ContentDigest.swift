internal import Digests
internal import Glibc

extension PathBytes {
    /// The digest of the file's content, however the path is spelled.
    func contentDigest() throws(ConfinementError) -> Digest {
        let file = withCString { open($0, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) }
        guard file >= 0 else { throw ConfinementError(code: errno, operation: "read \(self)") }
        defer { _ = close(file) }
        var hasher = SHA256()
        while true {
            var got = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
                // read(2) initializes exactly the bytes that it counts.
                got = read(file, buffer.baseAddress, buffer.count)
                count = max(0, got)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw ConfinementError(code: errno, operation: "read \(self)") }
            if got == 0 { return hasher.finalize() }
            hasher.update(bytes)
        }
    }
}
