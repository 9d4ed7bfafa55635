import Dataflow
import Files
import JSON

/// The shared caches that `sluice remote add` has named: the file `remotes.json` next to the store.
struct RemoteList: Codable {
    struct Item: Codable {
        let name: String
        let url: String
        var pull = true
        var push = SharedCache.Push.never.rawValue
        var sign: String?
        var trust: [String] = []

        /// The cache.
        var cache: SharedCache {
            SharedCache(
                address: url, pulls: pull, push: SharedCache.Push(rawValue: push) ?? .never,
                signingKey: sign, trusted: trust)
        }
    }

    var remotes: [Item] = []

    /// The most bytes of the file.
    private static let largest = 1 << 20

    private static func path(_ session: Session) -> FilePath {
        session.storePath.parent.appending("remotes.json")
    }

    /// The list; empty if there is no file.
    static func read(_ session: Session) throws -> RemoteList {
        let path = path(session)
        guard FileSystem.exists(path) else { return RemoteList() }
        do {
            return try JSONRecord.decode(
                RemoteList.self, from: FileContents.read(path, limit: largest), limit: largest)
        } catch {
            throw CommandFailure.usage("the list of shared caches \(path) cannot be read: \(error)")
        }
    }

    func write(_ session: Session) throws {
        let path = Self.path(session)
        try FileSystem.makeDirectories(path.parent)
        try FileContents.write(try JSONRecord.encode(self), to: path)
    }

    subscript(name: String) -> Item? { remotes.first { $0.name.utf8.elementsEqual(name.utf8) } }
}
