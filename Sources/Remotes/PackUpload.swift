internal import ArtifactStore
internal import Digests
internal import Dispatch
internal import Parallelism
internal import Synchronization

/// Uploads the chunks of objects to a shared cache, in packs, except for those that it has already.
struct PackUpload {
    let cache: RemoteCache
    let store: ArtifactStore
    /// Packs that will be removed soon; nothing new may rely on them.
    let condemned: Set<Digest>
    let isUnwanted: @Sendable () -> Bool
    /// How many bytes were sent.
    private(set) var bytesSent = 0

    /// What is uploaded: a chunk, or the list of an object's chunks.
    private struct Item: Hashable {
        let digest: Digest
        let isList: Bool
    }

    private var places: [Item: PackReference] = [:]
    private var references: [Digest: PackReference] = [:]
    /// What is being sent, in this order.
    private var underway: [(pack: BuiltPack, writing: PendingWrite)] = []
    /// Chunks that the store has lost.
    private var lost: [Digest: String] = [:]

    /// How many packs are uploaded at a time.
    private static let packsAtOnce = 4
    /// How many chunks are read at a time.
    private static let chunksAtOnce = 64

    init(
        cache: RemoteCache, store: ArtifactStore, condemned: Set<Digest>,
        isUnwanted: @escaping @Sendable () -> Bool
    ) {
        self.cache = cache
        self.store = store
        self.condemned = condemned
        self.isUnwanted = isUnwanted
    }

    private static func items(of objects: [StoredObject]) -> [Item] {
        var items: [Item] = []
        for object in objects {
            let isOnlyChunk = object.chunks.count == 1 && object.chunks[0] == object.digest
            if !isOnlyChunk, !object.chunks.isEmpty {
                items.append(Item(digest: object.digest, isList: true))
            }
            items += object.chunks.map { Item(digest: $0, isList: false) }
        }
        return items
    }

    /// How many bytes of objects are in no known pack.
    func lackingBytes(of objects: [StoredObject]) throws(RemoteError) -> Int {
        var total = 0
        let places = try cache.indexing {
            try cache.index.places(of: objects.flatMap(\.chunks), lists: false, cache.number)
        }
        var start = 0
        for object in objects where !object.chunks.isEmpty {
            let lacking = places[start..<start + object.chunks.count].count { $0 == nil }
            total += object.storedSize / object.chunks.count * lacking
            start += object.chunks.count
        }
        return total
    }

    /// Uploads the chunks of objects that the cache lacks.
    ///
    /// - Parameter hints: packs that probably contain some of them.
    mutating func send(_ objects: [StoredObject], hints: [PackReference]) throws(RemoteError) {
        var reader = PackReader(cache)
        try reader.open(hints)
        let lists = Dictionary(objects.map { ($0.digest, $0.chunks) }) { first, _ in first }
        var seen: Set<Item> = []
        let items = Self.items(of: objects).filter { seen.insert($0).inserted }
        try findPlaces(of: items)
        try send(items.filter { places[$0] == nil }) { lists[$0] ?? [] }
    }

    /// Uploads items; while packs are put together and sent, the next chunks are read and checked.
    private mutating func send(_ items: [Item], listOf list: (Digest) -> [Digest]) throws(RemoteError) {
        var builder = PackBuilder()
        let content = store.content
        do {
            try Parallel.overlap(batchesOf: Self.chunksAtOnce, items) { items in
                let chunks = items.filter { !$0.isList }.map(\.digest)
                return Result { try content.chunks(chunks) }
            } use: { items, chunks in
                var next = 0
                for item in items {
                    if item.isList {
                        add(list(item.digest), of: item.digest, to: &builder)
                    } else {
                        add(item.digest, Result { try chunks.get()[next].get() }, to: &builder)
                        next += 1
                    }
                    guard builder.isFull else { continue }
                    try send(builder.built())
                    builder = PackBuilder()
                }
            }
            if !builder.isEmpty { try send(builder.built()) }
            while !underway.isEmpty { try settle() }
        } catch {
            // Nothing goes on after this returns.
            for (_, writing) in underway { _ = writing.answer() }
            underway = []
            throw error as? RemoteError ?? RemoteError(.invalid, "\(error)")
        }
    }

    private mutating func add(_ list: [Digest], of object: Digest, to builder: inout PackBuilder) {
        let bytes = list.flatMap(\.bytes)
        guard (64...PackIndex.largestList).contains(bytes.count) else {
            lost[object] = "the file \(object.abbreviated) is too large for a shared cache"
            return
        }
        builder.add(object, .list, size: bytes.count, bytes)
    }

    private mutating func add(
        _ digest: Digest, _ chunk: Result<ChunkPayload, any Error>, to builder: inout PackBuilder
    ) {
        do {
            let chunk = try chunk.get()
            builder.add(digest, chunk.isCompressed ? .zstd : .raw, size: chunk.size, chunk.bytes)
        } catch {
            lost[digest] = "\(error)"
        }
    }

    /// Begins to send a pack, once fewer than `packsAtOnce` are on their way.
    private mutating func send(_ pack: BuiltPack) throws(RemoteError) {
        if underway.count == Self.packsAtOnce { try settle() }
        if isUnwanted() {
            throw RemoteError(.unreachable, "the upload to \(cache.storage.address) was interrupted")
        }
        let writing = PendingWrite(RemoteWrite(pack.reference.name, pack.bytes), to: cache.storage)
        underway.append((pack, writing))
    }

    /// Waits until the pack that was sent first has arrived.
    private mutating func settle() throws(RemoteError) {
        let (pack, writing) = underway.removeFirst()
        try writing.answer().get()
        bytesSent += pack.bytes.count
        try cache.note(pack.reference.digest, pack.head, pack.index)
        cache.notePresent([pack.reference.digest])
        references[pack.reference.digest] = pack.reference
        for entry in pack.index.entries {
            places[Item(digest: entry.digest, isList: entry.form == .list)] = pack.reference
        }
    }

    /// Finds the items in packs that were seen before and still exist.
    private mutating func findPlaces(of items: [Item]) throws(RemoteError) {
        var waiting = items
        // If a pack has been removed, others may have been, too.
        while !waiting.isEmpty {
            let found = try known(waiting)
            let candidates = Set(found.compactMap { $0 })
            let gone = try gone(candidates)
            var again: [Item] = []
            for (item, pack) in zip(waiting, found) {
                guard let pack else { continue }
                if gone.contains(pack) {
                    again.append(item)
                } else if let reference = try reference(of: pack) {
                    places[item] = reference
                }
            }
            waiting = again
        }
    }

    /// The packs that are known to contain items.
    private func known(_ items: [Item]) throws(RemoteError) -> [Digest?] {
        try cache.indexing {
            let chunks = items.filter { !$0.isList }
            let lists = items.filter(\.isList)
            var packs: [Item: Digest] = [:]
            for (part, isList) in [(chunks, false), (lists, true)] {
                let places = try cache.index.places(of: part.map(\.digest), lists: isList, cache.number)
                for (item, place) in zip(part, places) { packs[item] = place?.pack }
            }
            return items.map { packs[$0] }
        }
    }

    /// Those of the packs that no longer exist, or not for much longer; they are forgotten.
    private func gone(_ packs: Set<Digest>) throws(RemoteError) -> Set<Digest> {
        var gone = packs.intersection(condemned)
        let asked = packs.subtracting(gone).filter { !cache.isPresent($0) }.sorted()
        let sizes = cache.storage.sizes(of: asked.map { RemoteName(.packs, $0).text })
        for (pack, answer) in zip(asked, sizes) {
            if try answer.get() == nil { gone.insert(pack) } else { cache.notePresent([pack]) }
        }
        for pack in gone { try cache.indexing { try cache.index.forget(pack: pack, cache.number) } }
        return gone
    }

    private mutating func reference(of pack: Digest) throws(RemoteError) -> PackReference? {
        if let known = references[pack] { return known }
        guard let index = try cache.knownIndex(of: pack) else { return nil }
        let reference = PackReference(
            digest: pack, entries: index.entries.count, size: index.offsets.last ?? 0)
        references[pack] = reference
        return reference
    }

    /// The packs that contain the objects now.
    ///
    /// - Throws: if the store has lost one of their chunks.
    func packs(of objects: [StoredObject]) throws -> [PackReference] {
        var packs: Set<PackReference> = []
        for item in Self.items(of: objects) {
            guard let place = places[item] else {
                throw RemoteError(.invalid, lost[item.digest] ?? "a chunk is lost")
            }
            packs.insert(place)
        }
        return packs.sorted { $0.digest < $1.digest }
    }
}

/// A write to a shared cache that continues while this thread does something else.
private final class PendingWrite: Sendable {
    private let written = Mutex<Result<Void, RemoteError>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    init(_ object: RemoteWrite, to storage: any RemoteStorage) {
        DispatchQueue.global().async {
            let answer = storage.write([object])[0]
            self.written.withLock { $0 = answer }
            self.done.signal()
        }
    }

    /// The answer, once it is there.
    func answer() -> Result<Void, RemoteError> {
        done.wait()
        guard let answer = written.withLock({ $0 }) else { preconditionFailure("every write has an answer") }
        return answer
    }
}
