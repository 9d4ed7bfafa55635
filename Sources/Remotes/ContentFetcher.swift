internal import ArtifactStore
internal import Dataflow
internal import Digests

/// Fetches the content that a store lacks from the packs of a shared cache.
struct ContentFetcher {
    /// An object that is being fetched.
    struct Part {
        let chunks: [Digest]
        var children: [ArrivedTree.Entry] = []
    }

    private let store: ArtifactStore
    private var packs: PackReader
    /// The objects that have arrived.
    private(set) var objects: [Digest: Part] = [:]
    /// The packs with chunks that do not match their digests.
    private var falsePacks: Set<Digest> = []
    /// Why objects could not be fetched.
    private(set) var troubles: [Digest: String] = [:]

    init(_ cache: RemoteCache, into store: ArtifactStore) {
        self.store = store
        packs = PackReader(cache)
    }

    /// How many bytes came from the cache.
    var bytesRead: Int { packs.bytesRead }

    /// Why packs cannot be used.
    var packTroubles: [Digest: RemoteError] { packs.troubles }

    /// The packs that do not match their names, or are missing.
    var badPacks: Set<Digest> {
        falsePacks.union(packs.troubles.filter { $0.value.code == .damaged }.map(\.key))
    }

    /// Fetches what the outputs and logs of results consist of.
    ///
    /// - Throws: `RemoteError.unreachable` if the cache stops responding, and the store's errors.
    mutating func fetch(_ results: [RemoteResult]) throws {
        try packs.open(results.flatMap(\.document.packs))
        var frontier: [Digest: Artifact.Shape] = [:]
        for result in results {
            for artifact in result.trace.outputs.values { frontier[artifact.digest] = artifact.shape }
            if let log = result.trace.log { frontier[log] = .file }
        }
        var depth = 0
        while !frontier.isEmpty, depth <= ArrivedTree.maximumDepth {
            frontier = try gather(frontier)
            depth += 1
        }
        try getFiles()
    }

    /// Finds the chunks of objects that the store lacks, and the objects in trees.
    ///
    /// - Returns: the objects to look at next.
    private mutating func gather(_ wanted: [Digest: Artifact.Shape]) throws -> [Digest: Artifact.Shape] {
        let lacking = try store.arrivals.lacking(
            wanted.keys.filter { objects[$0] == nil && troubles[$0] == nil }.sorted())
        try resolve(lacking)
        let trees = lacking.filter { wanted[$0] == .tree && objects[$0] != nil }
        try get(trees.flatMap { objects[$0]?.chunks ?? [] })
        var next: [Digest: Artifact.Shape] = [:]
        for tree in trees {
            let bytes = try store.arrivals.bytes(
                of: objects[tree]?.chunks ?? [], limit: ArrivedTree.largestManifest)
            guard let bytes, SHA256.digest(of: bytes) == tree, let arrived = ArrivedTree(manifest: bytes)
            else {
                troubles[tree] = "the directory \(tree.abbreviated) does not match its name"
                continue
            }
            objects[tree]?.children = arrived.entries
            for entry in arrived.entries { next[entry.digest] = entry.kind == .tree ? .tree : .file }
        }
        return next
    }

    /// Finds the chunks of objects.
    private mutating func resolve(_ digests: [Digest]) throws {
        var listed: [PackReader.Place: Digest] = [:]
        for digest in digests {
            if digest == SHA256.digest(of: []) {
                objects[digest] = Part(chunks: [])
            } else if packs.place(ofChunk: digest) != nil {
                objects[digest] = Part(chunks: [digest])
            } else if let place = packs.place(ofList: digest) {
                listed[place] = digest
            } else {
                troubles[digest] = "it lacks the content of \(digest.abbreviated)"
            }
        }
        var lists: [Digest: [UInt8]?] = [:]
        try packs.read(Array(listed.keys)) { place, _, bytes in
            if let digest = listed[place] { lists[digest] = bytes }
        }
        for (digest, bytes) in lists {
            guard let bytes else {
                troubles[digest] = "it lacks the content of \(digest.abbreviated)"
                continue
            }
            let chunks = stride(from: 0, to: bytes.count - 31, by: 32).compactMap {
                Digest(bytes: Array(bytes[$0..<$0 + 32]))
            }
            if chunks.allSatisfy({ packs.place(ofChunk: $0) != nil }) {
                objects[digest] = Part(chunks: chunks)
            } else {
                troubles[digest] = "it lacks the content of \(digest.abbreviated)"
            }
        }
    }

    /// Fetches the chunks of all files.
    private mutating func getFiles() throws {
        try get(
            objects.sorted { $0.key < $1.key }.lazy.map(\.value).filter(\.children.isEmpty).flatMap(\.chunks))
    }

    /// Fetches the chunks that the store lacks, and adds those that match their digests.
    private mutating func get(_ chunks: [Digest]) throws {
        let places = try store.arrivals.missing(chunks).compactMap { packs.place(ofChunk: $0) }
        let all = places.reduce(0) { $0 + packs.storedSize($1) }
        let intake = ChunkIntake(store.arrivals, areMany: all > Arrivals.manyBytes)
        defer { intake.wait() }
        var waiting: [ChunkIntake.Item] = []
        var size = 0
        try packs.read(places) { place, entry, bytes in
            guard let bytes, entry.form != .list else { return }
            let chunk = ChunkPayload(
                digest: entry.digest, isCompressed: entry.form == .zstd, size: entry.size, bytes: bytes)
            waiting.append(ChunkIntake.Item(pack: place.pack, chunk: chunk))
            size += bytes.count
            guard size >= intake.batchSize else { return }
            try intake.add(waiting)
            waiting = []
            size = 0
        }
        try intake.add(waiting)
        falsePacks.formUnion(try intake.finish())
    }
}
