internal import ArtifactStore
internal import Clocks
package import Files
internal import Parallelism

/// A shared cache in a folder that several machines can reach.
///
/// Every object is written to a file in `tmp` and then renamed, so that it appears as a whole.
package final class FolderStorage: RemoteStorage {
    package let address: String
    package let activity = RemoteActivity()
    private let root: FilePath
    /// Unique to this process, on all machines.
    private let token = String(UInt64.random(in: 0 ... .max), radix: 16)

    /// How many files are read or written at a time, because a network file system has a high latency.
    private static let threads = 8
    /// How much is read or written between two updates of `activity`.
    private static let step = 4 << 20
    /// How long to wait for another process's update, in seconds.
    private static let patience = 5.0

    /// A cache in a folder, which need not exist yet.
    package init(_ root: FilePath, address: String) {
        self.root = root
        self.address = address
    }

    private var temporaries: FilePath { root.appending("tmp") }
    private func path(_ name: String) -> FilePath { FilePath(root.text + "/" + name) }

    package func prepare() throws(RemoteError) {
        do {
            guard !FileSystem.exists(root) else { return }
            // Its parent must exist: nothing may be created where a file system that is not mounted belongs.
            guard FileSystem.exists(root.parent) else {
                throw RemoteError(
                    .unreachable,
                    "\(address): there is no folder \(root.parent); make it, or mount what it is on")
            }
            try FileSystem.makeDirectory(root)
        } catch let error as RemoteError {
            throw error
        } catch {
            throw failure(error)
        }
    }

    package func read(_ requests: [RemoteRead]) -> [Result<[UInt8]?, RemoteError>] {
        Parallel.values(count: requests.count, threads: Self.threads) { index in
            self.attempt { try self.read(requests[index]) }
        }
    }

    private func read(_ request: RemoteRead) throws -> [UInt8]? {
        let path = path(request.name)
        guard let status = try FileStatus.ifPresent(at: path) else { return nil }
        // Reading from a named pipe in its place would block forever.
        guard status.kind == .file else {
            throw RemoteError(.damaged, "\(address): \(request.name) is not a file")
        }
        let range = request.range ?? 0..<status.size
        guard range.count <= request.limit else {
            throw RemoteError(
                .damaged, "\(address): \(request.name) has \(status.size) bytes, more than \(request.limit)")
        }
        guard range.upperBound <= status.size else {
            throw RemoteError(.damaged, "\(address): \(request.name) is cut off after \(status.size) bytes")
        }
        let file: File
        do {
            file = try File(path, .reading)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        while bytes.count < range.count {
            let count = try file.read(
                upTo: min(Self.step, range.count - bytes.count), from: range.lowerBound + bytes.count,
                appendingTo: &bytes)
            guard count > 0 else {
                throw RemoteError(.damaged, "\(address): \(request.name) was cut off while it was read")
            }
            activity.note()
        }
        return bytes
    }

    package func write(_ objects: [RemoteWrite]) -> [Result<Void, RemoteError>] {
        Parallel.values(count: objects.count, threads: Self.threads) { index in
            self.attempt { try self.write(objects[index]) }
        }
    }

    private func write(_ object: RemoteWrite) throws {
        let temporary = temporaries.appending("\(token)-\(Self.serial.next()).part")
        do {
            let file = try makingFolder(of: temporary) { try File(temporary, .creating) }
            for start in stride(from: 0, to: object.bytes.count, by: Self.step) {
                let end = min(start + Self.step, object.bytes.count)
                try file.write(object.bytes.span.extracting(start..<end).bytes)
                activity.note()
            }
            // Anyone who sees the name must find the bytes, even after this machine loses power.
            try file.synchronize()
            let target = path(object.name)
            try makingFolder(of: target) { try FileSystem.rename(temporary, to: target) }
        } catch {
            try? FileSystem.removeFile(temporary)
            throw error
        }
    }

    /// Runs `body`, which needs the folder of a path; creates the folder if it is missing.
    private func makingFolder<Result: ~Copyable>(of path: FilePath, _ body: () throws -> Result) throws
        -> Result
    {
        do {
            return try body()
        } catch let error as FileError where error.isMissing {
            try prepare()
            let isShared = (try? FileStatus(of: root))?.givesItsGroup == true
            try makeDirectories(path.parent, isShared: isShared)
            return try body()
        }
    }

    /// Creates a folder of the cache, writable for the group if a group shares the cache.
    private func makeDirectories(_ path: FilePath, isShared: Bool) throws {
        guard path != root, !FileSystem.exists(path) else { return }
        try makeDirectories(path.parent, isShared: isShared)
        do {
            try FileSystem.makeDirectory(path)
        } catch {
            // Another process was faster.
            guard (try? FileStatus(of: path))?.kind == .directory else { throw error }
            return
        }
        guard isShared, let status = try? FileStatus(of: path) else { return }
        try FileSystem.setMode(status.permissions | 0o070, of: path)
    }

    package func sizes(of names: [String]) -> [Result<Int?, RemoteError>] {
        Parallel.values(count: names.count, threads: Self.threads) { index in
            self.attempt {
                do {
                    let status = try FileStatus(of: self.path(names[index]))
                    return status.kind == .file ? status.size : nil
                } catch let error as FileError where error.isMissing {
                    return nil
                }
            }
        }
    }

    package func update(
        _ names: [String], limit: Int, _ transform: @Sendable (_ index: Int, _ bytes: [UInt8]?) -> [UInt8]?
    ) -> [Result<Void, RemoteError>] {
        let all = names.indices
        let lock = attempt { try self.lock() }
        if case .failure(let error) = lock { return all.map { _ in .failure(error) } }
        return withExtendedLifetime(lock) {
            all.map { index in
                attempt {
                    let before = try self.read(RemoteRead(names[index], limit: limit))
                    guard let after = transform(index, before) else { return }
                    try self.write(RemoteWrite(names[index], after))
                }
            }
        }
    }

    /// The lock that all updates take; released when the value is. If it cannot be taken in time, the update goes ahead without
    /// it: at worst, a path set is lost, and a stage runs again.
    private func lock() throws -> FileHolder {
        let path = temporaries.appending("lock")
        let file = try makingFolder(of: path) { try File(path, .appending) }
        let deadline = MonotonicClock.seconds() + Self.patience
        while try !file.lock(), MonotonicClock.seconds() < deadline { Pause.briefly() }
        return FileHolder(file)
    }

    package func list(_ folder: String, _ body: (RemoteEntry) throws -> Void) throws {
        var waiting = [folder]
        while let name = waiting.popLast() {
            let names: [String]
            do {
                names = try FileSystem.names(in: path(name))
            } catch {
                guard error.isMissing else { throw failure(error) }
                continue
            }
            activity.note()
            for inner in names {
                let inner = name + "/" + inner
                guard let status = try? FileStatus(of: path(inner), followsLinks: false) else { continue }
                switch status.kind {
                case .directory: if waiting.count < 100_000 { waiting.append(inner) }
                case .file:
                    try body(
                        RemoteEntry(
                            name: inner, size: status.size, modified: Double(status.modified) / 1e9))
                case .symbolicLink, .other: break
                }
            }
        }
    }

    package func remove(_ names: [String]) -> [Result<Void, RemoteError>] {
        Parallel.values(count: names.count, threads: Self.threads) { index in
            self.attempt {
                do {
                    try FileSystem.removeFile(self.path(names[index]))
                } catch let error as FileError where error.isMissing {}
            }
        }
    }

    package func removeLeftovers(olderThan seconds: Double) throws -> Int {
        var removed = 0
        let limit = WallClock.seconds() - seconds
        for name in (try? FileSystem.names(in: temporaries)) ?? [] where name.hasSuffix(".part") {
            let path = temporaries.appending(name)
            guard let status = try? FileStatus(of: path, followsLinks: false),
                Double(status.modified) / 1e9 < limit
            else { continue }
            if (try? FileSystem.removeFile(path)) != nil { removed += 1 }
        }
        return removed
    }

    private func attempt<Value: Sendable>(_ body: () throws -> Value) -> Result<Value, RemoteError> {
        do {
            return .success(try activity.during(body))
        } catch let error as RemoteError {
            return .failure(error)
        } catch {
            return .failure(failure(error))
        }
    }

    private func failure(_ error: any Error) -> RemoteError {
        let isDenied = (error as? FileError)?.isDenied == true
        return RemoteError(isDenied ? .denied : .unreachable, "\(address): \(error)")
    }

    private static let serial = Serial()
}

/// Keeps a file open.
private final class FileHolder: Sendable {
    private let file: File

    init(_ file: consuming File) { self.file = file }
}
