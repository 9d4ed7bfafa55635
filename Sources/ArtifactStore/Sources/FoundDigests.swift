internal import Digests
internal import Files
internal import Synchronization

/// Digests of external files that this process has found, so that those that all stages read, such as a shell, are looked up in the
/// database once.
final class FoundDigests: Sendable {
    private struct File {
        let status: FileStatus
        let digest: Digest
    }

    private let files = Mutex<[[UInt8]: File]>([:])

    /// A bound on the memory.
    private static let most = 100_000

    /// The digest of a file that has not changed since it was found.
    func digest(of path: FilePath, _ status: FileStatus) -> Digest? {
        files.withLock { $0[path.bytes] }.flatMap { $0.status == status ? $0.digest : nil }
    }

    /// Keeps the digest of a file whose status would tell a later change.
    func add(_ path: FilePath, _ status: FileStatus, _ digest: Digest) {
        files.withLock { files in
            if files.count < Self.most { files[path.bytes] = File(status: status, digest: digest) }
        }
    }
}
