internal import Files
internal import Synchronization

/// Which processes are alive, according to the kernel: each process that works on a store locks its own file, and the lock
/// ends with the process, however that ends. This works across PID namespaces, users and, if the file system's locks do, hosts.
final class ProcessLocks: Sendable {
    /// The folder of the files, each named by its process's token.
    let folder: FilePath
    private let own = Mutex<LockedFile?>(nil)

    init(nextTo store: FilePath) { folder = Self.folder(nextTo: store) }

    static func folder(nextTo store: FilePath) -> FilePath { FilePath(store.text + "-locks") }

    deinit { release() }

    /// Declares that this process no longer works on the store.
    func release() {
        let held = own.withLock { own -> FilePath? in
            defer { own = nil }
            return own?.path
        }
        guard let held else { return }
        // Another store of this process, or another process, may still need them.
        Self.removeIfFree(held)
        try? FileSystem.removeDirectory(folder)
    }

    /// Declares that this process is alive, from now on.
    func acquire() throws {
        try own.withLock { own in
            // A process that ends at the same moment may remove the folder in between, or take the file for a dead process's.
            for _ in 0..<100 where own == nil { own = try Self.lock(ProcessIdentity.token, in: folder) }
            if own == nil { throw StoreError(.failed, "no lock could be taken in \(folder)") }
        }
    }

    /// Locks a file, which is created if it is missing; nil if it was removed meanwhile.
    private static func lock(_ name: String, in folder: FilePath) throws -> LockedFile? {
        try FileSystem.makeDirectories(folder)
        let path = folder.appending(name)
        do {
            let file = try File(path, .appending)
            // Shared: a process may have a store open twice. Checking whether it is alive asks for an exclusive lock.
            _ = try file.lock(isExclusive: false, waits: true)
            return try file.status().linkCount > 0 ? LockedFile(file, at: path) : nil
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    /// Whether a process is alive; nil if that cannot be known, because it is on another host and of a version without locks.
    func isAlive(_ process: ProcessIdentity) -> Bool? {
        if process == .current { return true }
        guard let token = process.token else { return process.isAliveHere }
        return isAlive(token: token)
    }

    /// Whether the process with this token is alive.
    func isAlive(token: String) -> Bool {
        token == ProcessIdentity.token || Self.isLocked(folder.appending(token))
    }

    /// True if some process works on the store.
    func areAnyHeld() -> Bool {
        do {
            return try FileSystem.names(in: folder).contains { name in
                ProcessIdentity.isToken(name) && Self.isLocked(folder.appending(name))
            }
        } catch {
            return !error.isMissing
        }
    }

    /// Removes the files of processes that are gone.
    func sweep() {
        for name in (try? FileSystem.names(in: folder)) ?? [] where ProcessIdentity.isToken(name) {
            Self.removeIfFree(folder.appending(name))
        }
    }

    /// Removes the file of a process, which counts as dead from then on.
    func remove(_ process: ProcessIdentity) {
        if let token = process.token { try? FileSystem.removeFile(folder.appending(token)) }
    }

    private static func isLocked(_ path: FilePath) -> Bool {
        do {
            let file = try open(path)
            return try !file.lock()
        } catch {
            // If the file exists and cannot be opened, the process may be alive.
            return !error.isMissing
        }
    }

    /// Opens another process's file. On network file systems, only processes that may write can get a lock.
    private static func open(_ path: FilePath) throws(FileError) -> File {
        do {
            return try File(path, .updating)
        } catch {
            guard error.isDenied else { throw error }
            return try File(path, .reading)
        }
    }

    private static func removeIfFree(_ path: FilePath) {
        guard let file = try? open(path), (try? file.lock()) == true else { return }
        try? FileSystem.removeFile(path)
    }
}

/// A file that is kept locked.
private final class LockedFile: Sendable {
    let path: FilePath
    private let file: File

    init(_ file: consuming File, at path: FilePath) {
        self.file = file
        self.path = path
    }
}
