import Dataflow
import Files
import Processes

/// The files whose changes matter to a pipeline: its own file, its inputs from outside, its code files.
final class WatchList {
    /// What counts in a folder: everything, or some names.
    private enum Entries {
        case all
        case names(Set<[UInt8]>)
    }

    /// The most folders that are watched in input directories.
    private static let folderLimit = 8192

    let watcher: FileWatcher
    private var entries: [Int32: Entries] = [:]
    /// Why some files are not watched.
    private(set) var troubles: [String] = []

    init() throws { watcher = try FileWatcher() }

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

    /// Watches a folder with all in it.
    func add(folder path: FilePath) {
        add(file: path)
        var waiting = [path]
        while let folder = waiting.popLast() {
            guard entries.count < Self.folderLimit else {
                troubles.append("\(path) has too many folders; changes in some go unnoticed")
                return
            }
            guard let watch = watch(folder.text) else { continue }
            entries[watch] = .all
            for name in (try? FileSystem.names(in: folder)) ?? [] {
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
                switch source.shape {
                case .file: add(file: FilePath(source.path))
                case .directory: add(folder: FilePath(source.path))
                }
            }
            if case .command(let command) = stage.work {
                for path in command.code { add(file: FilePath(path)) }
            }
        }
    }

    private func watch(_ folder: String) -> Int32? {
        do {
            return try watcher.watch(folder: folder)
        } catch {
            troubles.append("\(error)")
            return nil
        }
    }

    /// Takes the changes since the last call: true if one of them matters.
    func takeChange() -> Bool {
        guard let changes = watcher.take() else { return true }
        return changes.contains { change in
            switch entries[change.watch] {
            case .all?: true
            case .names(let names)?: names.contains(change.name)
            case nil: false
            }
        }
    }
}
