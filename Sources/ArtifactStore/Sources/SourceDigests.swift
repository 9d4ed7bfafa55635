internal import Clocks
public import Dataflow
public import Digests
internal import Files

/// The digests of files and directories outside the pipeline.
public struct SourceDigests: SourceReading {
    let parts: StoreParts

    /// The digest of a source.
    ///
    /// A file is read only if its size, times, inode or device differ from when it was last read, or if it was changed so
    /// shortly before then that a later change could go unnoticed.
    public func digest(of source: ExternalSource) throws -> Digest {
        try parts.convertingErrors { try currentDigest(of: source) }
    }

    private func currentDigest(of source: ExternalSource) throws -> Digest {
        do {
            if source.shape == .matches { return try digest(of: tree(of: source)) }
            let path = path(of: source)
            let status = try FileStatus(of: path)
            switch (source.shape, status.kind) {
            case (.file, .file), (.any, .file): return try digest(ofFile: path, status)
            case (.directory, .directory), (.any, .directory): return try digest(of: tree(of: source))
            case (.file, _): throw StoreError(.invalid, "\(source.path) is not a file")
            case (.directory, _): throw StoreError(.invalid, "\(source.path) is not a directory")
            case (.any, _), (.matches, _):
                throw StoreError(.invalid, "\(source.path) is neither a file nor a directory")
            }
        } catch let error as FileError where error.isMissing {
            throw StoreError(
                .missing, "\(source.path) does not exist (relative to \(parts.workingDirectory))")
        }
    }

    /// The digest of a file, and the number of bytes read for it; nil if that would exceed `limit`.
    public func digest(
        of source: ExternalSource, readingAtMost limit: Int
    ) throws -> (digest: Digest, bytesRead: Int)? {
        try parts.convertingErrors {
            let path = path(of: source)
            let status = try FileStatus(of: path)
            guard status.kind == .file else { throw StoreError(.invalid, "\(source.path) is not a file") }
            if let known = try known(path, status) { return (known, 0) }
            return status.size <= limit ? (try digest(ofFile: path, status), status.size) : nil
        }
    }

    /// True if a source is an executable file.
    public func isExecutable(_ source: ExternalSource) throws -> Bool {
        guard source.shape == .file || source.shape == .any else { return false }
        let status = try parts.convertingErrors { try FileStatus(of: path(of: source)) }
        return status.kind == .file && status.isExecutable
    }

    /// Makes a source available to stages: in place if a link to it shows the content of the digest, otherwise as a copy.
    ///
    /// `digest(of:)` checks the source's content again after the stage.
    func adopt(_ source: ExternalSource, digest: Digest) throws {
        guard source.shape != .matches else { return parts.adopted.add(digest, .copied(source)) }
        let path = try FileSystem.canonical(path(of: source))
        let isAround = source.shape == .directory && parts.hidden.isBelow(path)
        parts.adopted.add(digest, isAround ? .copied(source) : .inPlace(path))
    }

    /// Copies a source that cannot be read in place.
    ///
    /// - Throws: if the copy does not have the requested content.
    func copy(_ source: ExternalSource, _ digest: Digest, to target: FilePath) throws {
        var tree = try tree(of: source)
        try tree.copy(to: target)
        // The copies themselves are digested, so that concurrent changes to the source do not matter.
        let copy = SourceTree(folder: target, hiding: HiddenEntries([]))
        guard try self.digest(of: copy, remembers: false) == digest else {
            throw StoreError(.invalid, "the input \(source.path) has just changed; run again")
        }
    }

    private func tree(of source: ExternalSource) throws -> SourceTree {
        source.shape == .matches
            ? try SourceTree(
                matching: source.path, in: parts.workingDirectory, hiding: parts.hidden)
            : SourceTree(folder: path(of: source), hiding: parts.hidden)
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

    func digest(ofFile path: FilePath, _ status: FileStatus) throws -> Digest {
        if let known = try known(path, status) { return known }
        let start = WallClock.seconds()
        let digest = try SHA256.digest(ofFile: path)
        let after = try FileStatus(of: path)
        let changed = Double(max(after.changed, after.modified)) / 1e9
        // A file that changed while it was being read, or just before, is read again next time.
        if after == status, start - changed > Self.settlingSeconds(after) {
            parts.found.add(path, status, digest)
            // A read-only store still returns digests.
            parts.database.note { try $0.sources.insert(path.text, status, digest) }
        }
        return digest
    }

    /// The digest of a file that has not changed since it was read.
    private func known(_ path: FilePath, _ status: FileStatus) throws -> Digest? {
        // Whichever way the path leads there, the status shows whether it is the same file. Resolving links would take most of
        // the time of a lookup.
        if let found = parts.found.digest(of: path, status) { return found }
        let digest = try parts.database.lookUp { try $0.sources.digest(of: path.text, status) }
        if let digest { parts.found.add(path, status, digest) }
        return digest
    }

    /// The digests of files that have not changed since they were read or written; nil for the others.
    func known(_ files: [(path: FilePath, status: FileStatus)?]) throws -> [Digest?] {
        try parts.database.lookUpTogether { tables in
            try files.map { file in
                try file.flatMap { file in
                    try parts.found.digest(of: file.path, file.status)
                        ?? tables.sources.digest(of: file.path.text, file.status)
                }
            }
        }
    }

    /// The digest that capturing would give the directory as a tree. Links that lead out of it are followed.
    private func digest(of tree: SourceTree, remembers: Bool = true) throws -> Digest {
        var tree = tree
        return try digest(of: &tree, "", depth: 0, remembers)
    }

    private func digest(
        of tree: inout SourceTree, _ path: String, depth: Int, _ remembers: Bool
    ) throws -> Digest {
        var entries: [TreeManifest.Entry] = []
        for entry in try tree.entries(of: path, depth: depth) {
            if let target = entry.target {
                entries.append(
                    TreeManifest.Entry(
                        name: entry.name, kind: .link, digest: SHA256.digest(of: target.bytes)))
                continue
            }
            guard entry.status.kind == .file else {
                let digest = try digest(of: &tree, entry.path, depth: depth + 1, remembers)
                entries.append(TreeManifest.Entry(name: entry.name, kind: .tree, digest: digest))
                continue
            }
            let digest =
                remembers
                ? try digest(ofFile: entry.source, entry.status) : try SHA256.digest(ofFile: entry.source)
            entries.append(
                TreeManifest.Entry(
                    name: entry.name, kind: entry.status.isExecutable ? .executable : .file, digest: digest))
        }
        return SHA256.digest(of: TreeManifest(entries: entries).bytes)
    }
}
