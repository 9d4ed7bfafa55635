public import Digests
public import Files

/// The folder beside the database: attempts under way, and recent artifacts as plain read-only files.
///
/// It is a convenience: whatever is in it may be removed at any time between runs.
public struct WorkFolder: Sendable {
    /// The folder.
    public let path: FilePath

    var objects: FilePath { path.appending("objects") }
    var attempts: FilePath { path.appending("attempts") }

    /// Where the plain copy of an object is, if it is there.
    func object(_ digest: Digest) -> FilePath {
        let name = digest.hexadecimal
        return objects.appending(String(name.prefix(2))).appending(name)
    }

    /// A fresh folder for the attempts of this process; removed by `sweep` once the process is gone.
    public func makeAttemptsFolder() throws(FileError) -> FilePath {
        let identity = ProcessIdentity.current
        let name = identity.text.map { $0 == "/" ? "+" : String($0) }.joined()
        let folder = attempts.appending(name)
        try FileSystem.makeDirectories(folder)
        return folder
    }

    /// Removes the attempts of processes that are gone.
    ///
    /// - Returns: how many folders were removed.
    @discardableResult
    public func sweep() -> Int {
        guard let names = try? FileSystem.names(in: attempts) else { return 0 }
        var removed = 0
        for name in names {
            let text = name.map { $0 == "+" ? "/" : String($0) }.joined()
            guard let identity = ProcessIdentity(text: text), identity.isAlive == false else { continue }
            if (try? FileSystem.removeTree(attempts.appending(name))) != nil { removed += 1 }
        }
        return removed
    }

    /// Removes plain copies, the longest unchanged first, until those left take at most `budget` bytes.
    ///
    /// - Parameter keeps: digests that must stay.
    public func trim(to budget: Int, keeping keeps: Set<Digest> = []) {
        guard let groups = try? FileSystem.names(in: objects) else { return }
        var files: [(path: FilePath, status: FileStatus)] = []
        for group in groups {
            let folder = objects.appending(group)
            for name in (try? FileSystem.names(in: folder)) ?? [] {
                let path = folder.appending(name)
                guard let status = try? FileStatus(of: path, followsLinks: false) else { continue }
                if let digest = Digest(hexadecimal: name), keeps.contains(digest) { continue }
                files.append((path, status))
            }
        }
        var total = files.reduce(0) { $0 + $1.status.size }
        files.sort { $0.status.changed < $1.status.changed }
        for file in files where total > budget {
            try? FileSystem.removeFile(file.path)
            total -= file.status.size
        }
    }
}
