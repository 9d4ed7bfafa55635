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

/// Updates exported files to another artifact's content. Equal files are not touched, others are replaced atomically; the
/// folder as a whole is not.
struct ExportUpdate {
    let parts: StoreParts
    private var report = ExportReport()
    /// Files that have been written, but not yet moved into place.
    private var waiting: [(part: FilePath, path: FilePath, note: FilePath?)] = []
    private var changedFolders: Set<FilePath> = []

    /// Up to this many files are flushed one by one; for more, the whole file system is flushed.
    private static let flushedAlone = 100

    init(parts: StoreParts) { self.parts = parts }

    mutating func update(_ artifact: Digest, at path: FilePath, isExecutable: Bool) throws -> ExportReport {
        defer {
            for item in waiting { try? FileSystem.removeFile(item.part) }
            for item in waiting { if let note = item.note { try? FileSystem.removeFile(note) } }
        }
        if try parts.object(artifact)?.shape == .tree {
            try updateTree(artifact, at: path)
        } else {
            try updateFile(artifact, size: parts.object(artifact)?.size ?? 0, at: path, isExecutable)
        }
        try moveAll()
        return report
    }

    private mutating func updateTree(_ artifact: Digest, at path: FilePath) throws {
        let entries = try parts.entries(ofTree: artifact)
        // The user may have named a link to a folder.
        if (try? FileStatus(of: path).kind) != .directory { try requireFolder(path) }
        var names: [FilePath: Set<String>] = [path: []]
        for entry in entries {
            let inner = path.appending(entry.path)
            names[inner.parent, default: []].insert(inner.lastComponent)
            switch entry.kind {
            case .directory:
                names[inner] = names[inner] ?? []
                try requireFolder(inner)
            case .file: try updateFile(entry.digest, size: entry.size, at: inner, false)
            case .executable: try updateFile(entry.digest, size: entry.size, at: inner, true)
            case .link: try updateLink(entry, at: inner)
            }
        }
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

    private mutating func updateFile(
        _ digest: Digest, size: Int, at path: FilePath, _ isExecutable: Bool
    ) throws {
        let status = try? FileStatus(of: path, followsLinks: false)
        try requireReplaceable(path, status)
        if let status, status.kind == .file, status.size == size,
            try SourceDigests(parts: parts).digest(ofFile: path, status) == digest
        {
            if status.isExecutable != isExecutable {
                try FileSystem.setMode(isExecutable ? 0o755 : 0o644, of: path)
            }
            report.kept += 1
            return
        }
        let materializer = parts.materializer
        try write(at: path) { part in
            try materializer.copy(digest, to: part, keepsCopy: false)
            if isExecutable { try FileSystem.setMode(0o755, of: part) }
        }
    }

    private mutating func updateLink(_ entry: TreeEntry, at path: FilePath) throws {
        let target = try parts.target(ofLink: entry)
        let status = try? FileStatus(of: path, followsLinks: false)
        try requireReplaceable(path, status)
        if status?.kind == .symbolicLink, (try? FileSystem.target(ofLink: path)) == target {
            report.kept += 1
            return
        }
        try write(at: path) { try FileSystem.symbolicLink(to: target, at: $0) }
    }

    private func requireReplaceable(_ path: FilePath, _ status: FileStatus?) throws {
        switch status?.kind {
        case nil, .file, .symbolicLink: return
        case .directory, .other:
            throw StoreError(.invalid, "\(path) must become a file, but is something else; remove it first")
        }
    }

    private mutating func write(at path: FilePath, _ body: (FilePath) throws -> Void) throws {
        let part = UnfinishedExports.part(for: path)
        let note = parts.mode == .readWrite ? UnfinishedExports(work: parts.work).note(part) : nil
        waiting.append((part, path, note))
        if FileSystem.exists(part) { try FileSystem.removeFile(part) }
        try body(part)
        report.written += 1
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
