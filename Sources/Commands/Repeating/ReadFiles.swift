import Digests
import Synchronization

/// The files that were read while a pipeline was loaded, with their content at that time.
final class ReadFiles: Sendable {
    struct Entry: Equatable, Sendable {
        let path: String
        let digest: Digest
    }

    private let entries = Mutex<[Entry]>([])

    var all: [Entry] { entries.withLock { $0 } }

    func add(_ path: String, _ bytes: [UInt8]) {
        let entry = Entry(path: path, digest: SHA256.digest(of: bytes))
        entries.withLock { if !$0.contains(entry) { $0.append(entry) } }
    }
}
