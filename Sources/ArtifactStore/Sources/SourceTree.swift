internal import Dataflow
internal import Digests
internal import Files

/// The files of an external source that is a directory: all in a folder, or those that match a pattern.
struct SourceTree {
    /// The folder that paths are relative to.
    let base: FilePath
    /// The names in each folder with selected files, by its path; nil if all files are selected.
    private let chosen: [String: [String]]?
    private let hidden: HiddenEntries
    private var entriesLeft = Capture.maximumEntries

    /// All files in a folder.
    init(folder: FilePath, hiding hidden: HiddenEntries) {
        base = folder
        chosen = nil
        self.hidden = hidden
    }

    /// The files that match a pattern.
    init(matching text: String, in directory: FilePath, hiding hidden: HiddenEntries) throws {
        let pattern = try PathPattern(text)
        let matches = try pattern.matches(in: directory, hiding: hidden)
        guard !matches.isEmpty else {
            throw StoreError(.missing, "no file matches '\(text)' (relative to \(directory))")
        }
        var chosen: [String: [String]] = ["": []]
        for match in matches {
            var path = match
            while true {
                let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
                let folder = slash.map { String(path[..<$0]) } ?? ""
                let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
                let isNew = chosen[folder] == nil || folder.isEmpty
                if chosen[folder]?.last != name { chosen[folder, default: []].append(name) }
                guard !folder.isEmpty, isNew else { break }
                path = folder
            }
        }
        base = pattern.folder.resolved(against: directory)
        self.chosen = chosen.mapValues { $0.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
        self.hidden = hidden
    }

    /// Something in the tree.
    struct Entry {
        let name: String
        /// The path relative to the tree's top.
        let path: String
        let source: FilePath
        /// The status; for a link that is followed, that of its target.
        let status: FileStatus
        /// Where the link leads, if it is kept as a link.
        var target: FilePath?
    }

    /// What is in a folder of the tree, in the order of the names.
    mutating func entries(of path: String, depth: Int) throws -> [Entry] {
        let folder = path.isEmpty ? base : base.appending(path)
        guard depth < Capture.maximumDepth else {
            throw StoreError(.invalid, "\(folder) is more than \(Capture.maximumDepth) folders deep")
        }
        var names = try chosen?[path] ?? FileSystem.names(in: folder)
        if chosen == nil {
            let status = try FileStatus(of: folder)
            names.removeAll { hidden.contains($0, in: status) }
        }
        entriesLeft -= names.count
        guard entriesLeft >= 0 else { throw StoreError(.invalid, "\(base) has too many entries") }
        return try names.map { name in
            let path = path.isEmpty ? name : path + "/" + name
            return try entry(name, path, at: folder.appending(name), depth: depth)
        }
    }

    private func entry(_ name: String, _ path: String, at source: FilePath, depth: Int) throws -> Entry {
        var status = try FileStatus(of: source, followsLinks: false)
        if status.kind == .symbolicLink {
            let target = try FileSystem.target(ofLink: source)
            // A pattern's match counts as a file, wherever its content is.
            if chosen == nil, target.staysInTree(depth: depth) {
                return Entry(name: name, path: path, source: source, status: status, target: target)
            }
            do {
                status = try FileStatus(of: source)
            } catch {
                guard error.isMissing else { throw error }
                throw StoreError(.invalid, "\(source) is a symbolic link to \(target), which does not exist")
            }
        }
        guard status.kind == .file || status.kind == .directory else {
            throw StoreError(.invalid, "\(source) is neither a file nor a directory")
        }
        return Entry(name: name, path: path, source: source, status: status)
    }

    /// Copies the tree to a new folder of read-only files.
    mutating func copy(to target: FilePath) throws { try copy("", to: target, depth: 0) }

    private mutating func copy(_ path: String, to target: FilePath, depth: Int) throws {
        try FileSystem.makeDirectory(target)
        for entry in try entries(of: path, depth: depth) {
            let inner = target.appending(entry.name)
            if let link = entry.target {
                try FileSystem.symbolicLink(to: link, at: inner)
                continue
            }
            guard entry.status.kind == .file else {
                try copy(entry.path, to: inner, depth: depth + 1)
                continue
            }
            try FileContents.copy(entry.source, to: inner)
            try FileSystem.setMode(entry.status.isExecutable ? 0o555 : 0o444, of: inner)
        }
    }
}
