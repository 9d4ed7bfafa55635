internal import Dataflow
internal import Digests
internal import Files

/// Updates a large file in place if little of it differs, instead of writing all of it again.
///
/// Nothing is lost, because the store has the old content and the new one. Nobody sees a mixture: the file is moved aside before its
/// first byte changes, and moved back when it is complete; if somebody has it open, it is not patched. After a crash, there is
/// no file in its place, and the next process removes the unfinished one.
struct FilePatch {
    let parts: StoreParts
    /// The smallest file that is patched: a smaller one is written quickly, and then it is never missing.
    let smallest: Int
    /// Called when a file was moved aside, before it is changed; for tests.
    var willChange: @Sendable (FilePath) throws -> Void = { _ in }

    /// The most bytes that are written in place; they are kept in memory.
    private static let mostBytes = 256 << 20

    /// How a patch ended.
    enum Outcome {
        case done
        /// The file is as it was, and must be replaced.
        case unsuitable
        /// The file is gone, and must be written again.
        case failed
    }

    /// Patches a file.
    ///
    /// - Parameters:
    ///   - status: the file's status, from which `old` is known to be its content.
    ///   - written: where the file is added.
    func apply(
        _ old: Digest, _ new: Digest, at path: FilePath, _ status: FileStatus, isExecutable: Bool,
        _ written: inout WrittenFiles
    ) throws -> Outcome {
        // Its blocks must all be there: then overwriting them needs no space. What is in the file may belong to others if it has
        // other names, another owner, or special modes.
        guard parts.mode == .readWrite, status.size >= smallest, status.storedSize == status.size,
            status.linkCount == 1, status.isOwn, status.isWritable, status.permissions & 0o7000 == 0,
            let (changes, size) = try changes(from: old, to: new),
            // Before anything is touched, so that damage in the store is found in time.
            let contents = try parts.reader.checkedContents(ofChunks: changes.map(\.id))
        else { return .unsuitable }
        // From here on, the file is what it was when its digest was found, and nobody else has it open.
        guard let file = try? File(path, .updating, followsLinks: false), file.takeLease(),
            let now = try? file.status(), now == status
        else { return .unsuitable }
        let part = UnfinishedExports.part(for: path)
        guard !FileSystem.exists(part), let note = UnfinishedExports(work: parts.work).note(part) else {
            return .unsuitable
        }
        defer { try? FileSystem.removeFile(note) }
        try FileSystem.rename(path, to: part)
        guard file.holdsLease, FileStatus(at: part, followsLinks: false)?.inode == status.inode else {
            // Somebody has just opened or replaced it.
            try FileSystem.rename(part, to: path)
            return .unsuitable
        }
        do {
            // After a power failure, the name must not lead to a file of which only a part was changed.
            try FileSystem.synchronizeDirectory(path.parent)
            try willChange(path)
            for (chunk, bytes) in zip(changes, contents) {
                try file.write(bytes.span.bytes, at: chunk.range.lowerBound)
            }
            if size < status.size { try file.truncate(to: size) }
            if isExecutable != status.isExecutable {
                try FileSystem.setMode(isExecutable ? 0o755 : 0o644, of: part)
            }
            written.add(part, becoming: path, new)
            try file.synchronize()
            try FileSystem.rename(part, to: path)
            try FileSystem.synchronizeDirectory(path.parent)
            return .done
        } catch {
            try? FileSystem.removeFile(part)
            return .failed
        }
    }

    /// What to write to make one object's content from another's, and the size of the result; nil if that is much, or an object
    /// is not intact.
    private func changes(
        from old: Digest, to new: Digest
    ) throws -> (changes: [PlacedChunk], size: Int)? {
        guard let old = try chunks(of: old), let new = try chunks(of: new) else { return nil }
        let changes = PlacedChunk.changes(from: old, to: new)
        let size = new.last?.range.upperBound ?? 0
        let changed = changes.reduce(0) { $0 + $1.range.count }
        return changed <= min(size / 4, Self.mostBytes) ? (changes, size) : nil
    }

    private func chunks(of digest: Digest) throws -> [PlacedChunk]? {
        try parts.database.currentState { tables in
            guard let artifact = try tables.objects.artifact(digest), artifact.shape == .file,
                try tables.objects.isWhole(digest),
                let chunks = try tables.objects.placedChunks(of: tables.objects.id(of: digest)),
                (chunks.last?.range.upperBound ?? 0) == artifact.size
            else { return nil }
            return chunks
        }
    }
}
