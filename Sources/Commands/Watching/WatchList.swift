import Dataflow
import Files
import Processes

/// The files whose changes matter to a pipeline: its own file, its inputs from outside, its code files.
final class WatchList {
    /// What matters in a folder: everything, or some names.
    private enum Entries {
        case all(but: Set<[UInt8]>)
        case names(Set<[UInt8]>)
    }

    /// The maximum number of folders that are watched in input directories.
    private static let folderLimit = 8192

    let watcher: FileWatcher
    private let hidden: HiddenEntries
    private var entries: [Int32: Entries] = [:]
    /// Why some files are not watched.
    private(set) var troubles: [String] = []

    /// A list without files; hidden files are never added.
    init(hiding hidden: HiddenEntries) throws {
        self.hidden = hidden
        watcher = try FileWatcher()
    }

    /// Watches a file, which need not exist.
    func add(file path: FilePath) {
        let folder = path.parent.text.isEmpty ? "." : path.parent.text
        guard let watch = watch(folder) else { return }
        let name = Array(path.text.utf8.split(separator: UInt8(ascii: "/")).last ?? [])
        switch entries[watch] {
        case .all?: break
        case .names(let names)?: entries[watch] = .names(names.union([name]))
        case nil: entries[watch] = .names([name])
        }
    }

    /// Watches a folder with everything in it.
    func add(folder path: FilePath) {
        add(file: path)
        var waiting = [path]
        while let folder = waiting.popLast() {
            guard entries.count < Self.folderLimit else {
                troubles.append("\(path) has too many folders; changes in some go unnoticed")
                return
            }
            guard let watch = watch(folder.text), let status = try? FileStatus(of: folder) else { continue }
            entries[watch] = .all(but: Set(hidden.names(in: status).map { Array($0.utf8) }))
            for name in (try? FileSystem.names(in: folder)) ?? [] where !hidden.contains(name, in: status) {
                let inner = folder.appending(name)
                if (try? FileStatus(of: inner, followsLinks: false).kind) == .directory {
                    waiting.append(inner)
                }
            }
        }
    }

    /// Watches the files that a pipeline reads.
    func add(_ pipeline: Pipeline) {
        for stage in pipeline.stages {
            for input in stage.inputs {
                guard case .external(let source) = input.source else { continue }
                add(source)
            }
            if case .command(let command) = stage.work { command.code.forEach(add) }
        }
    }

    private func add(_ source: ExternalSource) {
        let path = FilePath(source.path)
        switch source.shape {
        case .file: add(file: path)
        case .directory: add(folder: path)
        case .any:
            if (try? FileStatus(of: path).kind) == .directory { add(folder: path) } else { add(file: path) }
        case .matches: if let pattern = try? PathPattern(source.path) { add(pattern) }
        }
    }

    /// Watches the folders in which files may match a pattern.
    func add(_ pattern: PathPattern) { add(folder: pattern.folder) }

    private func watch(_ folder: String) -> Int32? {
        do {
            return try watcher.watch(folder: folder)
        } catch {
            if !troubles.contains("\(error)") { troubles.append("\(error)") }
            return nil
        }
    }

    /// Consumes the changes since the last call; true if one of them matters.
    func takeChange() -> Bool {
        guard let changes = watcher.take() else { return true }
        return changes.contains { change in
            switch entries[change.watch] {
            case .all(let hidden)?: !hidden.contains(change.name)
            case .names(let names)?: names.contains(change.name)
            case nil: false
            }
        }
    }
}
