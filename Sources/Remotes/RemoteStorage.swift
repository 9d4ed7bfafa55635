internal import Clocks
internal import Synchronization

/// A request to read an object of a shared cache.
package struct RemoteRead: Sendable, Hashable {
    /// Its name.
    package let name: String
    /// The range of bytes to read; nil for all of them.
    package let range: Range<Int>?
    /// The most bytes to accept.
    package let limit: Int

    /// Reads a whole object of at most `limit` bytes.
    package init(_ name: String, limit: Int) {
        self.name = name
        self.limit = limit
        range = nil
    }

    /// Reads a range of an object.
    package init(_ name: String, range: Range<Int>) {
        self.name = name
        self.range = range
        limit = range.count
    }
}

/// An object to be written to a shared cache.
package struct RemoteWrite: Sendable {
    /// Its name.
    package let name: String
    /// Its bytes.
    package let bytes: [UInt8]

    init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// An object in a shared cache.
package struct RemoteEntry: Sendable, Hashable {
    /// Its name.
    package let name: String
    package let size: Int
    /// When it was written, in seconds since 1970.
    package let modified: Double
}

/// Where a shared cache keeps its objects: bytes by names such as `packs/0a/0a1f…`.
///
/// This program chooses the names, so they need no escaping. Requests are made in batches, because many at once take hardly
/// longer than one. An object appears as a whole or not at all. All methods may be called from any thread, and return within
/// a bounded time unless a file system hangs, which `activity` shows.
package protocol RemoteStorage: Sendable {
    /// The address, for messages.
    var address: String { get }

    /// Whether it is making progress.
    var activity: RemoteActivity { get }

    /// Reads objects; nil for those that do not exist.
    func read(_ requests: [RemoteRead]) -> [Result<[UInt8]?, RemoteError>]

    /// Writes objects, and replaces existing ones.
    func write(_ objects: [RemoteWrite]) -> [Result<Void, RemoteError>]

    /// The sizes of objects; nil for those that do not exist.
    func sizes(of names: [String]) -> [Result<Int?, RemoteError>]

    /// Replaces each object with the result of `transform`, and keeps what others write at the same time, as far as the storage
    /// can. `transform` gets nil for an object that does not exist, and returns nil to leave it unchanged; it is called again
    /// if another machine has changed the object meanwhile.
    func update(
        _ names: [String], limit: Int, _ transform: @Sendable (_ index: Int, _ bytes: [UInt8]?) -> [UInt8]?
    ) -> [Result<Void, RemoteError>]

    /// Calls `body` with each object in a folder, in any order.
    func list(_ folder: String, _ body: (RemoteEntry) throws -> Void) throws

    /// Removes objects; those that do not exist are ignored.
    func remove(_ names: [String]) -> [Result<Void, RemoteError>]

    /// Removes leftovers of killed uploads that are older than `seconds`.
    ///
    /// - Returns: how many were removed.
    func removeLeftovers(olderThan seconds: Double) throws -> Int

    /// Creates the folder of the cache, or whatever else the storage needs.
    func prepare() throws(RemoteError)
}

extension RemoteStorage {
    package func removeLeftovers(olderThan seconds: Double) throws -> Int { 0 }
    package func prepare() throws(RemoteError) {}

    /// Reads one object.
    func read(_ request: RemoteRead) throws(RemoteError) -> [UInt8]? { try read([request])[0].get() }

    /// Reads documents, most of which are small, and gives `body` each, in any order; nil for what is not there. Large ones are
    /// read one by one, so that many of them do not fill the memory.
    func forEachDocument(
        _ names: [String], limit: Int, _ body: (_ index: Int, _ answer: Result<[UInt8]?, RemoteError>) -> Void
    ) {
        let small = min(limit, DocumentSize.small)
        var large: [Int] = []
        for (index, answer) in read(names.map { RemoteRead($0, limit: small) }).enumerated() {
            if case .failure(let error) = answer, error.code == .damaged, small < limit {
                large.append(index)
            } else {
                body(index, answer)
            }
        }
        for index in large { body(index, read([RemoteRead(names[index], limit: limit)])[0]) }
    }
}

/// How large documents usually are.
private enum DocumentSize {
    static let small = 256 << 10
}

extension Result<[UInt8]?, RemoteError> {
    /// Reads one object; nil also if it is damaged, for callers that treat both alike.
    func orNothingIfDamaged() throws(RemoteError) -> [UInt8]? {
        do throws(RemoteError) {
            return try get()
        } catch {
            guard error.code == .damaged else { throw error }
            return nil
        }
    }
}

/// Whether a storage is making progress, for those who wait for it.
package final class RemoteActivity: Sendable {
    private struct State {
        var latest = 0.0
        var running = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Records progress.
    package func note() { state.withLock { $0.latest = MonotonicClock.seconds() } }

    /// Runs something that may take long.
    package func during<Value>(_ body: () throws -> Value) rethrows -> Value {
        state.withLock { state in
            state.running += 1
            state.latest = MonotonicClock.seconds()
        }
        defer {
            state.withLock { state in
                state.running -= 1
                state.latest = MonotonicClock.seconds()
            }
        }
        return try body()
    }

    /// How long the current operations have made no progress, in seconds; 0 if there are none.
    package var silence: Double {
        state.withLock { $0.running == 0 ? 0 : MonotonicClock.seconds() - $0.latest }
    }
}
