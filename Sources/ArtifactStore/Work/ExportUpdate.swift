internal import Dataflow
internal import Digests
internal import Files

/// The result of updating an artifact's files.
public struct ExportReport: Sendable, Hashable {
    /// How many files and links were written.
    public var written = 0
    /// How many were already up to date.
    public var kept = 0
    /// A few names of what is in the folder and not in the artifact, which was left unchanged.
    public var others: [String] = []
    /// The number of all such names.
    public var otherCount = 0

    /// An empty report.
    public init() {}

    /// Adds the result of another update.
    public mutating func add(_ other: ExportReport) {
        written += other.written
        kept += other.kept
        others += other.others.prefix(max(0, Self.maximumOthers - others.count))
        otherCount += other.otherCount
    }

    /// How many names of other things are reported.
    static let maximumOthers = 5
}

/// Updates exported files to another artifact's content. Equal files are not touched, others are replaced atomically, or patched if
/// they are large; the folder as a whole is not.
struct ExportUpdate {
    /// A file of the artifact.
    private struct Target {
        let digest: Digest
        let size: Int
        let path: FilePath
        let isExecutable: Bool
    }

    let parts: StoreParts
    private let patch: FilePatch
    private var report = ExportReport()
    private var written = WrittenFiles()
    /// Files that must be written again, because patching them has failed.
    private var lost: [FilePath] = []
    /// Files that have been written, but not yet moved into place.
    private var waiting: [(part: FilePath, path: FilePath, note: FilePath?)] = []
    private var changedFolders: Set<FilePath> = []

    /// Up to this many files are flushed one by one; for more, the whole file system is flushed.
    private static let flushedAlone = 100

    init(parts: StoreParts, patch: FilePatch? = nil) {
        self.parts = parts
        self.patch = patch ?? FilePatch(parts: parts, smallest: 64 << 20)
    }

    mutating func update(_ artifact: Digest, at path: FilePath, isExecutable: Bool) throws -> ExportReport {
        defer {
            for item in waiting { try? FileSystem.removeFile(item.part) }
            for item in waiting { if let note = item.note { try? FileSystem.removeFile(note) } }
        }
        do {
            if try parts.object(artifact)?.shape == .tree {
                try updateTree(artifact, at: path)
            } else {
                let size = try parts.object(artifact)?.size ?? 0
                try updateFiles([
                    Target(digest: artifact, size: size, path: path, isExecutable: isExecutable)
                ])
            }
            try moveAll()
        } catch {
            guard let first = lost.first else { throw error }
            throw StoreError(
                .failed,
                "\(error). \(first) is incomplete and was removed; the next `sluice cache get` writes it")
        }
        written.remember(parts)
        return report
    }

    private mutating func updateTree(_ artifact: Digest, at path: FilePath) throws {
        let entries = try parts.entries(ofTree: artifact)
        // The user may have named a link to a folder.
        if (try? FileStatus(of: path).kind) != .directory { try requireFolder(path) }
        var names: [FilePath: Set<String>] = [path: []]
        var targets: [Target] = []
        for entry in entries {
            let inner = path.appending(entry.path)
            names[inner.parent, default: []].insert(inner.lastComponent)
            switch entry.kind {
            case .directory:
                names[inner] = names[inner] ?? []
                try requireFolder(inner)
            case .file, .executable:
                targets.append(
                    Target(
                        digest: entry.digest, size: entry.size, path: inner,
                        isExecutable: entry.kind == .executable))
            case .link: try updateLink(entry, at: inner)
            }
        }
        try updateFiles(targets)
        let unfinished = Set(waiting.map(\.part))
        for (folder, known) in names.sorted(by: { $0.key < $1.key }) {
            let others = try FileSystem.names(in: folder).filter { name in
                !known.contains(name) && !unfinished.contains(folder.appending(name))
            }
            report.otherCount += others.count
            let room = max(0, ExportReport.maximumOthers - report.others.count)
            report.others += others.sorted().prefix(room).map { folder.appending($0).text }
        }
    }

    /// Creates a folder if it is missing. A link to a folder does not count: its target is not ours to change.
    private mutating func requireFolder(_ path: FilePath) throws {
        switch (try? FileStatus(of: path, followsLinks: false))?.kind {
        case .directory: return
        case nil:
            try FileSystem.makeDirectory(path)
            changedFolders.insert(path.parent)
        case .file, .symbolicLink, .other:
            throw StoreError(.invalid, "\(path) must become a folder, but is something else; remove it first")
        }
    }

    /// Updates the files that differ, and leaves the others alone.
    private mutating func updateFiles(_ targets: [Target]) throws {
        let sources = SourceDigests(parts: parts)
        let now = targets.map { FileStatus(at: $0.path, followsLinks: false) }
        let known = try sources.known(
            zip(targets, now).map { target, status in
                status?.kind == .file ? status.map { (absolute(target.path), $0) } : nil
            })
        var outdated: [ExportedFile] = []
        for (target, (status, known)) in zip(targets, zip(now, known)) {
            try requireReplaceable(target.path, status)
            guard let status, status.kind == .file else {
                outdated.append(try begun(target))
                continue
            }
            var content = known
            if content == nil, status.size == target.size {
                content = try sources.digest(ofFile: absolute(target.path), status)
            }
            if let content, content == target.digest {
                if status.isExecutable != target.isExecutable {
                    try FileSystem.setMode(target.isExecutable ? 0o755 : 0o644, of: target.path)
                }
                report.kept += 1
            } else if try !patches(target, content, status) {
                outdated.append(try begun(target))
            }
        }
        report.written += outdated.count
        var export = FileExport(parts: parts)
        defer { written.add(export.written) }
        try export.write(outdated)
    }

    /// Patches a file if that is possible.
    private mutating func patches(_ target: Target, _ content: Digest?, _ status: FileStatus) throws -> Bool {
        let path = absolute(target.path)
        // A digest that has just been found counts only if the status would tell that the file was changed meanwhile.
        guard status.size >= patch.smallest, let content,
            try SourceDigests(parts: parts).known([(path, status)])[0] == content
        else { return false }
        switch try patch.apply(
            content, target.digest, at: target.path, status, isExecutable: target.isExecutable, &written)
        {
        case .done:
            report.written += 1
            return true
        case .unsuitable: return false
        case .failed:
            lost.append(target.path)
            return false
        }
    }

    private func absolute(_ path: FilePath) -> FilePath { path.resolved(against: parts.workingDirectory) }

    private mutating func updateLink(_ entry: TreeEntry, at path: FilePath) throws {
        let target = try parts.target(ofLink: entry)
        let status = try? FileStatus(of: path, followsLinks: false)
        try requireReplaceable(path, status)
        if status?.kind == .symbolicLink, (try? FileSystem.target(ofLink: path)) == target {
            report.kept += 1
            return
        }
        try FileSystem.symbolicLink(to: target, at: begin(path))
        report.written += 1
    }

    private func requireReplaceable(_ path: FilePath, _ status: FileStatus?) throws {
        switch status?.kind {
        case nil, .file, .symbolicLink: return
        case .directory, .other:
            throw StoreError(.invalid, "\(path) must become a file, but is something else; remove it first")
        }
    }

    private mutating func begun(_ target: Target) throws -> ExportedFile {
        ExportedFile(
            digest: target.digest, path: try begin(target.path), final: target.path,
            isExecutable: target.isExecutable)
    }

    /// Where to write what is to be at `path`.
    private mutating func begin(_ path: FilePath) throws -> FilePath {
        let part = UnfinishedExports.part(for: path)
        let note = parts.mode == .readWrite ? UnfinishedExports(work: parts.work).note(part) : nil
        waiting.append((part, path, note))
        if FileSystem.exists(part) { try FileSystem.removeFile(part) }
        return part
    }

    /// Flushes the written files, and moves them into place.
    private mutating func moveAll() throws {
        guard let first = waiting.first else { return }
        if waiting.count > Self.flushedAlone {
            try FileSystem.synchronizeFileSystem(of: first.path.parent)
        } else {
            for item in waiting
            where try FileStatus(of: item.part, followsLinks: false).kind == .file {
                try File(item.part, .reading).synchronize()
            }
        }
        for item in waiting {
            try FileSystem.rename(item.part, to: item.path)
            changedFolders.insert(item.path.parent)
        }
        for folder in changedFolders.sorted() { try FileSystem.synchronizeDirectory(folder) }
        for item in waiting { if let note = item.note { try? FileSystem.removeFile(note) } }
        waiting = []
    }
}
