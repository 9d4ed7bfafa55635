import ArtifactStore
import Dataflow
import Files
import Glibc
import StageKit
import StageSchemas
import Synchronization
import Texts

/// What a command works with: its arguments, where it prints, the store, the stage kinds.
struct Session {
    /// The arguments after the program's name.
    let arguments: [String]
    var terminal: Terminal
    /// The stage kinds.
    var kinds: KindRegistry { makeKinds() }

    /// The prefix of relative paths on the command line: the path from the folder with the store to the user's directory.
    private(set) var prefix = ""

    private let makeKinds: @Sendable () -> KindRegistry

    /// A session; `kinds` is called only by commands that need them.
    init(
        arguments: [String], terminal: Terminal = Terminal(),
        kinds: @autoclosure @escaping @Sendable () -> KindRegistry
    ) {
        self.arguments = arguments
        self.terminal = terminal
        makeKinds = kinds
    }

    /// Changes to the directory given by `-C`.
    func enter(_ directory: String?) throws {
        guard let directory else { return }
        do {
            try FileSystem.changeDirectory(to: FilePath(directory))
        } catch {
            throw CommandFailure.usage("\(error)")
        }
    }

    /// A path on the command line, relative to the folder in which the command works.
    func path(_ text: String) -> FilePath {
        guard !prefix.isEmpty, !text.utf8.starts(with: [UInt8(ascii: "/")]) else { return FilePath(text) }
        var parts: [String] = []
        for part in (prefix + text).parts(between: "/", omitsEmpty: true)
        where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        return FilePath(parts.isEmpty ? "." : parts.joined(separator: "/"))
    }

    /// The path that a command will create, which must not exist yet.
    ///
    /// - Parameters:
    ///   - noun: what is created there: "file" or "folder", or "path" if it may be either.
    ///   - remedy: what to do if it exists, other than naming another path.
    func newPath(
        _ text: String, for noun: String, or remedy: String = "remove it"
    ) throws -> FilePath {
        let path = path(text)
        guard !FileSystem.exists(path) else {
            throw CommandFailure.usage("\(path) exists; \(remedy), or name another \(noun)")
        }
        return path
    }

    /// Works in the nearest folder above that has a store, if this one has none, as git does; says so.
    mutating func enterStoreFolder() throws {
        // A store that cannot be examined is not skipped in favor of another one.
        guard terminal.variable("SLUICE_STORE") == nil, try !storeExists() else { return }
        let start = FileSystem.workingDirectory()
        var folder = start
        while folder.text != "/", folder != folder.parent {
            folder = folder.parent
            guard FileSystem.exists(folder.appending("artifacts/store.sqlite")) else { continue }
            try FileSystem.changeDirectory(to: folder)
            note("working in \(folder), which has the store")
            let skipped = folder.text == "/" ? 1 : folder.text.utf8.count + 1
            prefix = String(decoding: start.text.utf8.dropFirst(skipped), as: UTF8.self) + "/"
            return
        }
    }

    /// The path of the store: `SLUICE_STORE`, or `artifacts/store.sqlite` in the working directory.
    var storePath: FilePath {
        guard let path = terminal.variable("SLUICE_STORE") else { return "artifacts/store.sqlite" }
        let isFolder = path.hasSuffix("/") || (try? FileStatus(of: FilePath(path)).kind) == .directory
        return isFolder ? FilePath(path).appending("store.sqlite") : FilePath(path)
    }

    /// True if there is a store; one that cannot be examined counts.
    func storeExists() throws -> Bool {
        do {
            return try FileStatus.ifPresent(at: storePath) != nil
        } catch {
            throw CommandFailure(.store, "\(error)")
        }
    }

    /// How many bytes of plain copies are kept in the work folder after a run: `SLUICE_COPIES`, or 20 GB.
    func copyBudget() throws -> Int {
        guard let text = terminal.variable("SLUICE_COPIES") else { return Maintenance.defaultCopyBudget }
        guard let bytes = AmountParsing.bytes(text) else {
            throw CommandFailure.usage("SLUICE_COPIES takes a size such as 50GB or 500MiB, not '\(text)'")
        }
        return bytes
    }

    /// Opens the store.
    func openStore(_ mode: ArtifactStore.Mode) throws -> ArtifactStore {
        let directory = FileSystem.workingDirectory()
        let path = storePath.resolved(against: directory)
        // Files in a shared store are writable by its group, whatever the user's umask.
        if mode == .readWrite, StoreSharing.isShared(path) { _ = umask(umask(0) & ~0o070) }
        return try ArtifactStore(
            path: path, mode: mode, workingDirectory: directory,
            products: [Self.publicationFolder])
    }

    /// The store for reading, or nil if there is none yet.
    func existingStore() throws -> ArtifactStore? {
        guard try storeExists() else { return nil }
        return try openStore(.readOnly)
    }

    /// The store for reading.
    ///
    /// - Throws: `CommandFailure` if there is none yet.
    func requiredStore() throws -> ArtifactStore {
        guard let store = try existingStore() else {
            throw CommandFailure.usage("there is no store at \(storePath) yet")
        }
        return store
    }

    /// The store, to copy files from it. If it is the user's own, what was copied is recorded in it, so that an update need not read
    /// the files; whoever only looks into another's store must leave nothing there, and a shared one would give the copies its group's
    /// rights.
    func storeToCopyFrom() throws -> ArtifactStore {
        let path = storePath.resolved(against: FileSystem.workingDirectory())
        guard try storeExists(), FileStatus(at: path, followsLinks: true)?.isOwn == true,
            FileStatus(at: path.parent, followsLinks: true)?.isOwn == true, !StoreSharing.isShared(path)
        else { return try requiredStore() }
        // It may be on a disk that is full or cannot be written.
        if let store = try? openStore(.readWrite) { return store }
        return try requiredStore()
    }

    /// Creates a private folder for this process in `TMPDIR` or /tmp.
    func makeTemporaryFolder() throws -> FilePath {
        let parent = FilePath(terminal.variable("TMPDIR") ?? "/tmp")
        return try FileSystem.makeTemporaryDirectory(in: parent, prefix: "sluice-")
    }

    /// All environment variables, as they were when the program started.
    var environment: [String: String] { Self.ownEnvironment }

    private static let ownEnvironment =
        (try? FileContents.read("/proc/self/environ")).map { environment($0) { _ in true } } ?? [:]

    /// Some of the variables in the bytes of an environment.
    static func environment(_ bytes: [UInt8], _ isWanted: (String) -> Bool) -> [String: String] {
        var result: [String: String] = [:]
        for entry in bytes.split(separator: 0) {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = SystemText.text(of: entry[..<equals])
            guard isWanted(name) else { continue }
            result[name] = SystemText.text(of: entry[entry.index(after: equals)...])
        }
        return result
    }

    /// Keeps what a command has loaded until the program ends, which it does next: to take a large plan to pieces takes
    /// longer than to show it.
    func keepUntilExit(_ value: some Sendable) { Self.kept.withLock { $0.append(value) } }

    private static let kept = Mutex<[any Sendable]>([])

    /// Prints a result.
    func print(_ text: String) { terminal.write(text.hasSuffix("\n") ? text : text + "\n", to: .output) }

    /// Prints a JSON document as a result.
    func print(_ value: Value) { print(value.json) }

    /// Prints a message to standard error.
    func note(_ text: String) { terminal.write(text.hasSuffix("\n") ? text : text + "\n", to: .error) }
}
