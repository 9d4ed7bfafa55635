internal import Clocks
internal import Dataflow
internal import Digests
internal import Files
internal import Synchronization

/// External sources that this process makes available in place.
final class AdoptedSources: Sendable {
    private let paths = Mutex<[Digest: FilePath]>([:])

    /// Where the source with this content is.
    subscript(_ digest: Digest) -> FilePath? { paths.withLock { $0[digest] } }

    /// Records where a source is.
    func add(_ digest: Digest, _ path: FilePath) { paths.withLock { $0[digest] = path } }
}

/// The digests of files and directories outside the pipeline.
struct SourceDigests {
    let parts: StoreParts

    /// The maximum number of entries in a directory, including nested ones.
    private static let maximumEntries = Capture.maximumEntries

    /// The digest of a source.
    ///
    /// A file is read only if its size, times, inode or device differ from when it was last read, or if it was changed
    /// so
    /// shortly before then that a later change could go unnoticed.
    func digest(of source: ExternalSource) throws -> Digest {
        do {
            let path = path(of: source)
            let status = try FileStatus(of: path)
            switch (source.shape, status.kind) {
            case (.file, .file): return try digest(ofFile: path, status)
            case (.directory, .directory):
                var budget = Self.maximumEntries
                return try digest(ofDirectory: path, depth: 0, budget: &budget)
            case (.file, _): throw StoreError(.invalid, "\(source.path) is not a file")
            case (.directory, _): throw StoreError(.invalid, "\(source.path) is not a directory")
            }
        } catch let error as FileError where error.isMissing {
            throw StoreError(
                .missing, "\(source.path) does not exist (relative to \(parts.workingDirectory))")
        }
    }

    /// Lets stages read a source in place: `materialize` makes a symbolic link to it, so nothing is copied.
    ///
    /// `digest(of:)` checks the source's content again after the stage.
    func adopt(_ source: ExternalSource, digest: Digest) throws {
        parts.adopted.add(digest, try FileSystem.canonical(path(of: source)))
    }

    private func path(of source: ExternalSource) -> FilePath {
        FilePath(source.path).resolved(against: parts.workingDirectory)
    }

    /// How long after a change a file's status is not yet trusted: another change within the same tick of the file
    /// system's clock would leave the status unchanged. Ticks take at most 10 ms, or up to 2 s if times are whole
    /// seconds.
    private static func settlingSeconds(_ status: FileStatus) -> Double {
        let hasFractions = status.changed % 1_000_000_000 != 0 && status.modified % 1_000_000_000 != 0
        return hasFractions ? 0.1 : 2.1
    }

    private func digest(ofFile path: FilePath, _ status: FileStatus) throws -> Digest {
        let name = try FileSystem.canonical(path).text
        if let known = try parts.database.lookUp({ try $0.sources.digest(of: name, status) }) { return known }
        let start = WallClock.seconds()
        let digest = try SHA256.digest(ofFile: path)
        let after = try FileStatus(of: path)
        let changed = Double(max(after.changed, after.modified)) / 1e9
        // A file that changed while it was being read, or just before, is read again next time.
        if after == status, start - changed > Self.settlingSeconds(after) {
            // A read-only store still returns digests.
            try? parts.database.current { try $0.sources.insert(name, status, digest) }
        }
        return digest
    }

    /// The digest that capturing would give the directory as a tree. Links inside are followed.
    private func digest(ofDirectory path: FilePath, depth: Int, budget: inout Int) throws -> Digest {
        guard depth < Capture.maximumDepth else {
            throw StoreError(.invalid, "\(path) is more than \(Capture.maximumDepth) folders deep")
        }
        var entries: [TreeManifest.Entry] = []
        for name in try FileSystem.names(in: path) {
            budget -= 1
            guard budget >= 0 else { throw StoreError(.invalid, "\(path) has too many entries") }
            let inner = path.appending(name)
            let status = try FileStatus(of: inner)
            switch status.kind {
            case .file:
                entries.append(
                    TreeManifest.Entry(
                        name: name, kind: status.isExecutable ? .executable : .file,
                        digest: try digest(ofFile: inner, status)))
            case .directory:
                let digest = try digest(ofDirectory: inner, depth: depth + 1, budget: &budget)
                entries.append(TreeManifest.Entry(name: name, kind: .tree, digest: digest))
            case .symbolicLink, .other:
                throw StoreError(.invalid, "\(inner) is neither a file nor a directory")
            }
        }
        return SHA256.digest(of: TreeManifest(entries: entries).bytes)
    }
}
