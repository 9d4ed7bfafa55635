internal import Digests
internal import Files
internal import Synchronization

/// The plain copies that this process may hand out without reading them again.
///
/// A plain copy is never flushed to the disk, and lies where anybody can write: after a power failure it may be empty or
/// short, a backup may have brought back an old one, and bits may have changed on the disk. So a process believes only the
/// copies that it has written, or has compared with their digests, itself; every other process compares before it hands one
/// out for the first time. That takes as long as reading the bytes once, which the stage is about to do anyway.
final class TrustedCopies: Sendable {
    /// What must not have changed since. Not the time of the last change of attributes: every new link changes it.
    private struct Identity: Equatable {
        let device: UInt64
        let inode: UInt64
        let size: Int

        init(_ status: FileStatus) {
            device = status.device
            inode = status.inode
            size = status.size
        }
    }

    private let identities = Mutex<[Digest: Identity]>([:])

    private let additions = Atomic(false)

    /// True if this process has written a copy.
    var hasAdded: Bool { additions.load(ordering: .relaxed) }

    /// Remembers a sealed file that this process has written, under whatever name.
    func add(_ digest: Digest, _ status: FileStatus) {
        additions.store(true, ordering: .relaxed)
        remember(digest, status)
    }

    private func remember(_ digest: Digest, _ status: FileStatus) {
        identities.withLock { $0[digest] = Identity(status) }
    }

    /// True if the file at `path` has the content of this digest, as far as is known or else by reading it.
    func holds(_ digest: Digest, at path: FilePath) -> Bool {
        guard let status = try? FileStatus(of: path, followsLinks: false), WorkFolder.isUntouched(status)
        else { return false }
        let known = identities.withLock { $0[digest] }
        if known == Identity(status) { return true }
        // A copy that cannot be read is as good as none.
        guard let checked = try? Self.compare(path, with: digest) else { return false }
        remember(digest, checked)
        return true
    }

    /// The status of a file that was read and found to have a digest; nil if it has another or was written to meanwhile.
    private static func compare(_ path: FilePath, with digest: Digest) throws -> FileStatus? {
        let file = try File(path, .reading, followsLinks: false)
        let before = try file.status()
        var hasher = SHA256()
        try FileContents.forEachPiece(of: file, path) { hasher.update($0) }
        let after = try file.status()
        let found = hasher.finalize()
        let isSame =
            WorkFolder.isUntouched(before) && WorkFolder.isUntouched(after) && before.size == after.size
        return isSame && found == digest ? after : nil
    }
}
