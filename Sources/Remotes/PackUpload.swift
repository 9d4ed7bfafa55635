internal import ArtifactStore
internal import Digests
internal import Dispatch
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
    /// What is being sent.
    private var underway: (packs: [BuiltPack], writing: PendingWrites)?
    /// Chunks that the store has lost.
    private var lost: [Digest: String] = [:]

    /// How many packs are uploaded at a time.
    private static let packsAtOnce = 4

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
        for object in objects where !object.chunks.isEmpty {
            let known = try cache.indexing {
                try cache.index.places(of: object.chunks, lists: false, cache.number)
            }
            let lacking = known.count { $0 == nil }
            total += object.storedSize / object.chunks.count * lacking
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
        var builder = PackBuilder()
        var full: [BuiltPack] = []
        for item in items where places[item] == nil {
            if item.isList {
                let bytes = (lists[item.digest] ?? []).flatMap(\.bytes)
                guard (64...PackIndex.largestList).contains(bytes.count) else {
                    lost[item.digest] = "the file \(item.digest.abbreviated) is too large for a shared cache"
                    continue
                }
                builder.add(item.digest, .list, size: bytes.count, bytes)
            } else {
                do {
                    let chunk = try store.content.chunk(item.digest)
                    builder.add(
                        chunk.digest, chunk.isCompressed ? .zstd : .raw, size: chunk.size, chunk.bytes)
                } catch {
                    lost[item.digest] = "\(error)"
                    continue
                }
            }
            guard builder.isFull else { continue }
            full.append(builder.built())
            builder = PackBuilder()
            if full.count == Self.packsAtOnce { try flush(&full) }
        }
        if !builder.isEmpty { full.append(builder.built()) }
        try flush(&full)
        try settle()
    }

    /// Begins to send packs, once those before have arrived: the next are put together meanwhile.
    private mutating func flush(_ packs: inout [BuiltPack]) throws(RemoteError) {
        try settle()
        guard !packs.isEmpty else { return }
        if isUnwanted() {
            throw RemoteError(.unreachable, "the upload to \(cache.storage.address) was interrupted")
        }
        let writing = PendingWrites(
            packs.map { RemoteWrite($0.reference.name, $0.bytes) }, to: cache.storage)
        underway = (packs, writing)
        packs = []
    }

    /// Waits until the packs that are on their way have arrived.
    private mutating func settle() throws(RemoteError) {
        guard let (packs, writing) = underway else { return }
        underway = nil
        for (pack, answer) in zip(packs, writing.answers()) {
            try answer.get()
            bytesSent += pack.bytes.count
            try cache.note(pack.reference.digest, pack.head, pack.index)
            cache.notePresent([pack.reference.digest])
            references[pack.reference.digest] = pack.reference
            for entry in pack.index.entries {
                places[Item(digest: entry.digest, isList: entry.form == .list)] = pack.reference
            }
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

/// Writes to a shared cache that continue while this thread does something else.
private final class PendingWrites: Sendable {
    private let written = Mutex<[Result<Void, RemoteError>]>([])
    private let done = DispatchSemaphore(value: 0)

    init(_ writes: [RemoteWrite], to storage: any RemoteStorage) {
        DispatchQueue.global().async {
            let answers = storage.write(writes)
            self.written.withLock { $0 = answers }
            self.done.signal()
        }
    }

    /// The answers, once all are there.
    func answers() -> [Result<Void, RemoteError>] {
        done.wait()
        return written.withLock { $0 }
    }
}
