internal import Clocks
internal import Synchronization

/// Something to be read from a shared cache.
package struct RemoteRead: Sendable, Hashable {
    /// Its name.
    package let name: String
    /// The part that is wanted; nil for all of it.
    package let range: Range<Int>?
    /// The most bytes that are accepted.
    package let limit: Int

    /// All of something, of at most `limit` bytes.
    package init(_ name: String, limit: Int) {
        self.name = name
        self.limit = limit
        range = nil
    }

    /// A part of something.
    package init(_ name: String, range: Range<Int>) {
        self.name = name
        self.range = range
        limit = range.count
    }
}

/// Something to be written to a shared cache.
package struct RemoteWrite: Sendable {
    /// Its name.
    package let name: String
    /// Its bytes.
    package let bytes: [UInt8]

    package init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// Something that is in a shared cache.
package struct RemoteEntry: Sendable, Hashable {
    /// Its name.
    package let name: String
    package let size: Int
    /// When it was written, in seconds since 1970.
    package let modified: Double
}

/// Where a shared cache keeps what it has: bytes by names such as `packs/0a/0a1f…`.
///
/// Names are this program's own, so they need no escaping. Many requests go together, because each takes a while and many
/// at once take hardly longer. What is written is visible as a whole or not at all. Every method may be called from any
/// thread, and every one returns within a bounded time, except where the file system hangs: `activity` tells.
package protocol RemoteStorage: Sendable {
    /// The address, for messages.
    var address: String { get }

    /// When it last did something.
    var activity: RemoteActivity { get }

    /// Reads; nil for what is not there.
    func read(_ requests: [RemoteRead]) -> [Result<[UInt8]?, RemoteError>]

    /// Writes; what is there already is replaced.
    func write(_ objects: [RemoteWrite]) -> [Result<Void, RemoteError>]

    /// The sizes; nil for what is not there.
    func sizes(of names: [String]) -> [Result<Int?, RemoteError>]

    /// Replaces each by what `transform` makes of it, so that nothing is lost of what others write at the same time, as far as
    /// the storage can do that. `transform` gets nil for what is not there, and returns nil to leave it as it is; it is called
    /// again if somebody else was faster.
    func update(
        _ names: [String], limit: Int, _ transform: @Sendable (_ index: Int, _ bytes: [UInt8]?) -> [UInt8]?
    ) -> [Result<Void, RemoteError>]

    /// Calls `body` with all that is in a folder, in any order.
    func list(_ folder: String, _ body: (RemoteEntry) throws -> Void) throws

    /// Removes; it is no error if something is not there.
    func remove(_ names: [String]) -> [Result<Void, RemoteError>]

    /// Removes what killed uploads have left that is older than so many seconds.
    ///
    /// - Returns: how many.
    func removeLeftovers(olderThan seconds: Double) throws -> Int

    /// Makes the place for a cache, if it needs one.
    func prepare() throws(RemoteError)
}

extension RemoteStorage {
    package func removeLeftovers(olderThan seconds: Double) throws -> Int { 0 }
    package func prepare() throws(RemoteError) {}

    /// Reads one thing.
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
    /// What was read; nil also for what cannot be right, where that is as good as nothing.
    func orNothingIfDamaged() throws(RemoteError) -> [UInt8]? {
        do throws(RemoteError) {
            return try get()
        } catch {
            guard error.code == .damaged else { throw error }
            return nil
        }
    }
}

/// Whether a storage is doing something; for whoever waits for it.
package final class RemoteActivity: Sendable {
    private struct State {
        var latest = 0.0
        var running = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Something has happened.
    package func note() { state.withLock { $0.latest = MonotonicClock.seconds() } }

    /// Does something that may take long.
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

    /// How long what is going on has shown no sign of life, in seconds; 0 if nothing is going on.
    package var silence: Double {
        state.withLock { $0.running == 0 ? 0 : MonotonicClock.seconds() - $0.latest }
    }
}
