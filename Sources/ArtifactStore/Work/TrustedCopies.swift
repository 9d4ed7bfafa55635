internal import Digests
internal import Files
internal import Synchronization

/// The plain copies that this process may hand out without reading them again.
///
/// A plain copy is never flushed to the disk, and is in a place where anyone can write: after a power failure it may be empty
/// or truncated, a backup may have restored an old one, and bits may have flipped. So a process trusts only copies that it has
/// written, or compared with their digests, itself; other processes compare a copy before they first hand it out. That takes as
/// long as reading the bytes once, which the stage is about to do anyway.
final class TrustedCopies: Sendable {
    /// What must not have changed since then. This excludes the time of the last attribute change, which every new link
    /// changes.
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

    /// Adds a sealed file that this process has written, under any name.
    func add(_ digest: Digest, _ status: FileStatus) {
        additions.store(true, ordering: .relaxed)
        remember(digest, status)
    }

    private func remember(_ digest: Digest, _ status: FileStatus) {
        identities.withLock { $0[digest] = Identity(status) }
    }

    /// True if the file at `path` has the content with this digest; it is read unless that is already known.
    func holds(_ digest: Digest, at path: FilePath) -> Bool {
        guard let status = try? FileStatus(of: path, followsLinks: false), WorkFolder.isUntouched(status)
        else { return false }
        let known = identities.withLock { $0[digest] }
        if known == Identity(status) { return true }
        // A copy that cannot be read does not count.
        guard let checked = try? Self.compare(path, with: digest) else { return false }
        remember(digest, checked)
        return true
    }

    /// The status of a file that was read and has the digest; nil if it has another, or was written to meanwhile.
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
