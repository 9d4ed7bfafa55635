import Confinement
import Files

/// Searches for secrets in everything about an attempt that would be stored.
struct SecretSearch: Sendable {
    let scrubber: SecretScrubber

    /// The name of a secret that an output has in its content or the name of a file.
    func secret(in path: FilePath) throws -> String? {
        let status = try FileStatus(of: path, followsLinks: false)
        switch status.kind {
        case .file: return try secret(inFile: path)
        case .symbolicLink: return scrubber.secret(in: try FileSystem.target(ofLink: path).bytes)
        case .other: return nil
        case .directory:
            for name in try FileSystem.names(in: path) {
                let inner = path.appending(name)
                if let found = scrubber.secret(in: FilePath(name).bytes) { return found }
                if let found = try secret(in: inner) { return found }
            }
            return nil
        }
    }

    /// The name of a secret that is in a path that an attempt has looked for.
    func secret(in reads: ObservedReads?) -> String? {
        for entry in reads?.entries ?? [] {
            if let found = scrubber.secret(in: entry.path.bytes) { return found }
        }
        return nil
    }

    private func secret(inFile path: FilePath) throws -> String? {
        let file = try File(path, .reading)
        var bytes: [UInt8] = []
        while true {
            let more = try file.read(upTo: 1 << 20)
            if more.isEmpty { return nil }
            bytes += more
            if let found = scrubber.secret(in: bytes) { return found }
            bytes.removeFirst(max(0, bytes.count - scrubber.overlap))
        }
    }
}
