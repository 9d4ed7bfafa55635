public import Dataflow
public import Digests
internal import Files
internal import SQLite
internal import Synchronization

/// An outside source that stages read in place.
struct AdoptedSource: Sendable {
    let path: FilePath
}

extension ArtifactStore {
    /// How long after a file's change its status is believed: another change within the same tick of the file system's
    /// clock would leave the status as it is. Ticks are of 10 ms at most, or, where times are whole seconds, of up to 2 s.
    private static func settlingSeconds(_ status: FileStatus) -> Double {
        let hasFractions = status.changed % 1_000_000_000 != 0 && status.modified % 1_000_000_000 != 0
        return hasFractions ? 0.1 : 2.1
    }

    /// The digest of a file or directory outside the pipeline.
    ///
    /// A file is read only where its size, times, inode or device differ from when it was last read, or where it was
    /// changed so recently then that a further change could hide.
    public func digest(of source: ExternalSource) throws -> Digest {
        let path = FilePath(source.path).resolved(against: workingDirectory)
        do {
            let status = try FileStatus(of: path)
            switch (source.shape, status.kind) {
            case (.file, .file): return try digest(ofFile: path, status)
            case (.directory, .directory):
                var budget = 1_000_000
                return try digest(ofDirectory: path, depth: 0, budget: &budget)
            case (.file, _): throw StoreError(.invalid, "\(source.path) is not a file")
            case (.directory, _): throw StoreError(.invalid, "\(source.path) is not a directory")
            }
        } catch let error as FileError where error.isMissing {
            throw StoreError(.missing, "\(source.path) does not exist (looked in \(workingDirectory))")
        } catch {
            throw StoreError(error, store: self.path)
        }
    }

    /// Lets stages read an outside source in place: `materialize` makes a symbolic link to it, so nothing is copied.
    ///
    /// The source's content is checked again after the stage by `digest(of:)`.
    public func adopt(_ source: ExternalSource, digest: Digest) throws {
        do {
            let path = try FileSystem.canonical(FilePath(source.path).resolved(against: workingDirectory))
            adopted.withLock { $0[digest] = AdoptedSource(path: path) }
        } catch {
            throw StoreError(error, store: self.path)
        }
    }

    private func digest(ofFile path: FilePath, _ status: FileStatus) throws -> Digest {
        let name = try FileSystem.canonical(path).text
        let known = try withReader { connection in
            try connection.first(
                """
                SELECT digest FROM source_file
                WHERE path = ? AND size = ? AND modified = ? AND changed = ? AND inode = ? AND device = ?
                """, .text(name), .integer(status.size), .integer(Int(status.modified)),
                .integer(Int(status.changed)), .integer(Int(bitPattern: UInt(status.inode))),
                .integer(Int(bitPattern: UInt(status.device)))
            ) { Digest(bytes: $0.blob(0)) } ?? nil
        }
        if let known { return known }
        let start = Self.now()
        let digest = try Self.digest(ofFile: path)
        let after = try FileStatus(of: path)
        let changed = Double(max(after.changed, after.modified)) / 1e9
        // What changed while it was read, or just before, is read again next time.
        if after == status, start - changed > Self.settlingSeconds(after) {
            // A store that cannot be written still gives digests.
            try? withConnection { connection in
                try connection.run(
                    """
                    INSERT OR REPLACE INTO source_file (path, size, modified, changed, inode, device, digest)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """, .text(name), .integer(status.size), .integer(Int(status.modified)),
                    .integer(Int(status.changed)), .integer(Int(bitPattern: UInt(status.inode))),
                    .integer(Int(bitPattern: UInt(status.device))), .blob(digest.bytes))
            }
        }
        return digest
    }

    /// The digest that `capture` would give the directory as a tree. Links inside are followed.
    private func digest(ofDirectory path: FilePath, depth: Int, budget: inout Int) throws -> Digest {
        guard depth < 64 else { throw StoreError(.invalid, "\(path) is more than 64 folders deep") }
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
                throw StoreError(.invalid, "\(inner) is no file and no directory")
            }
        }
        return SHA256.digest(of: TreeManifest(entries: entries).bytes)
    }
}
