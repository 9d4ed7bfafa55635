internal import ArtifactStore
internal import Digests
internal import Parallelism

/// Reads the indexes and data of a shared cache's packs, and combines requests for adjacent data.
struct PackReader {
    /// The place of an entry.
    struct Place: Hashable {
        let pack: Digest
        let position: Int
    }

    let cache: RemoteCache
    private(set) var indexes: [Digest: PackIndex] = [:]
    private var references: [Digest: PackReference] = [:]
    private var chunks: [Digest: Place] = [:]
    private var lists: [Digest: Place] = [:]
    /// Small packs that were read as a whole.
    private var wholePacks: [Digest: [UInt8]] = [:]
    private var wholeBytes = 0
    /// How many bytes were read from the cache.
    private(set) var bytesRead = 0
    /// Why packs cannot be read.
    private(set) var troubles: [Digest: RemoteError] = [:]

    /// Packs up to this size are read as a whole.
    private static let smallPack = 1 << 20
    /// How many bytes of them are kept at most.
    private static let maximumWhole = 64 << 20
    /// A gap of up to this many bytes between two wanted ranges is read as well: that is faster than another request.
    private static let gap = 128 << 10
    /// The most that is read of indexes at once, unless a single one is larger.
    private static let largestBatch = 64 << 20
    /// The largest range that is read at once, unless a single entry is larger.
    private static let largestRead = 8 << 20
    /// The most that is requested at once, while what came before is processed.
    private static let largestRequest = 16 << 20

    /// A range of a pack, and what is wanted of it.
    private struct Part: Sendable {
        let pack: Digest
        var range: Range<Int>
        var places: [Place]

        /// True if another range is so near that both are read together.
        func isExtended(by next: Range<Int>, of pack: Digest) -> Bool {
            self.pack == pack && next.lowerBound >= range.upperBound
                && next.lowerBound - range.upperBound <= PackReader.gap
                && next.upperBound - range.lowerBound <= PackReader.largestRead
        }
    }

    init(_ cache: RemoteCache) { self.cache = cache }

    /// Fetches those indexes of packs that are not known yet.
    mutating func open(_ packs: [PackReference]) throws(RemoteError) {
        var wanted: [PackReference] = []
        for pack in packs where indexes[pack.digest] == nil && troubles[pack.digest] == nil {
            guard !wanted.contains(pack) else { continue }
            if let index = try cache.knownIndex(of: pack.digest) {
                add(pack, index)
            } else {
                wanted.append(pack)
            }
        }
        var rest = wanted[...]
        while !rest.isEmpty {
            // Indexes can be large: not all at once.
            var size = 0
            let batch = rest.prefix(64).prefix { pack in
                defer { size += max(pack.indexRange.count, Self.smallPack) }
                return size < Self.largestBatch
            }
            rest = rest.dropFirst(batch.count)
            let answers = cache.storage.read(
                batch.map { pack in
                    let range = isSmall(pack) ? 0..<pack.size : pack.indexRange
                    return RemoteRead(pack.name, range: range)
                })
            for (pack, answer) in zip(batch, answers) {
                try take(answer, of: pack, isWhole: isSmall(pack))
            }
        }
    }

    private func isSmall(_ pack: PackReference) -> Bool { pack.size <= Self.smallPack }

    private mutating func take(
        _ answer: Result<[UInt8]?, RemoteError>, of pack: PackReference, isWhole: Bool
    ) throws(RemoteError) {
        let bytes: [UInt8]
        switch answer {
        case .success(let read?): bytes = read
        case .success(nil):
            troubles[pack.digest] = cache.refusal("\(pack.name) is missing")
            return
        case .failure(let error):
            if error.code == .unreachable { throw error }
            troubles[pack.digest] = error
            return
        }
        bytesRead += bytes.count
        let head = Array(bytes.prefix(pack.indexRange.count))
        guard SHA256.digest(of: head) == pack.digest, let index = PackIndex(bytes: head),
            index.offsets.last == pack.size
        else {
            troubles[pack.digest] = cache.refusal("\(pack.name) does not match its name")
            return
        }
        if isWhole, wholeBytes + bytes.count <= Self.maximumWhole {
            wholePacks[pack.digest] = bytes
            wholeBytes += bytes.count
        }
        try cache.note(pack.digest, head, index)
        add(pack, index)
    }

    private mutating func add(_ pack: PackReference, _ index: PackIndex) {
        indexes[pack.digest] = index
        references[pack.digest] = pack
        chunks.reserveCapacity(chunks.count + index.entries.count)
        for (position, entry) in index.entries.enumerated() {
            let place = Place(pack: pack.digest, position: position)
            if entry.form == .list { lists[entry.digest] = place } else { chunks[entry.digest] = place }
        }
    }

    /// Where a chunk is, in one of the open packs.
    func place(ofChunk digest: Digest) -> Place? { chunks[digest] }
    /// Where the list of an object's chunks is.
    func place(ofList object: Digest) -> Place? { lists[object] }
    /// The size of what is at a place.
    func storedSize(_ place: Place) -> Int { indexes[place.pack]?.entries[place.position].stored ?? 0 }

    /// The entry at a place.
    private func range(_ place: Place) -> Range<Int> {
        guard let offsets = indexes[place.pack]?.offsets else { return 0..<0 }
        return offsets[place.position]..<offsets[place.position + 1]
    }

    /// Reads the data at places in open packs, and calls `body` for each, in the order of the packs, with nil if it cannot
    /// be read. The data has not been checked against its digest.
    mutating func read(
        _ places: [Place], _ body: (Place, PackIndex.Entry, [UInt8]?) throws -> Void
    ) throws {
        var rest: [Place] = []
        for place in places {
            guard let entry = indexes[place.pack]?.entries[place.position] else { continue }
            if let bytes = wholePacks[place.pack] {
                try body(place, entry, Array(bytes[range(place)]))
            } else {
                rest.append(place)
            }
        }
        let storage = cache.storage
        let batches = batches(of: ranges(of: rest))
        try Parallel.overlap(count: batches.count) { index in
            storage.read(batches[index].map { RemoteRead(RemoteName(.packs, $0.pack).text, range: $0.range) })
        } use: { index, answers in
            for (part, answer) in zip(batches[index], answers) { try give(answer, part, body) }
        }
    }

    /// The ranges that contain the data at places.
    private func ranges(of places: [Place]) -> [Part] {
        var parts: [Part] = []
        for place in places.sorted(by: { ($0.pack, $0.position) < ($1.pack, $1.position) }) {
            let range = range(place)
            if let last = parts.indices.last, parts[last].isExtended(by: range, of: place.pack) {
                parts[last].range = parts[last].range.lowerBound..<range.upperBound
                parts[last].places.append(place)
            } else {
                parts.append(Part(pack: place.pack, range: range, places: [place]))
            }
        }
        return parts
    }

    /// Ranges to be read at once.
    private func batches(of parts: [Part]) -> [ArraySlice<Part>] {
        var batches: [ArraySlice<Part>] = []
        var start = 0
        while start < parts.count {
            var end = start
            var size = 0
            while end < parts.count, end - start < 64,
                end == start || size + parts[end].range.count <= Self.largestRequest
            {
                size += parts[end].range.count
                end += 1
            }
            batches.append(parts[start..<end])
            start = end
        }
        return batches
    }

    private mutating func give(
        _ answer: Result<[UInt8]?, RemoteError>, _ part: Part,
        _ body: (Place, PackIndex.Entry, [UInt8]?) throws -> Void
    ) throws {
        let pack = part.pack
        var bytes: [UInt8]?
        switch answer {
        case .success(let read):
            bytes = read
            if read == nil {
                troubles[pack] = cache.refusal("\(RemoteName(.packs, pack).text) is missing")
            }
        case .failure(let error):
            if error.code == .unreachable { throw error }
            troubles[pack] = error
        }
        bytesRead += bytes?.count ?? 0
        for place in part.places {
            guard let entry = indexes[pack]?.entries[place.position] else { continue }
            let range = range(place)
            let start = part.range.lowerBound
            let local = range.lowerBound - start..<range.upperBound - start
            try body(place, entry, bytes.map { Array($0[local]) })
        }
    }
}
