package import ArtifactStore
package import Dataflow
package import Digests
internal import Glibc
internal import Parallelism

/// A result in a shared cache.
package struct RemoteResult: Sendable {
    package let document: ResultDocument
    package let trace: Trace
}

/// Fetches results from a shared cache into a store: first their records, then the content that the store lacks.
package struct ResultFetcher {
    let cache: RemoteCache
    let store: ArtifactStore
    private var packs: PackReader
    /// Nodes of discoveries that were read before.
    private let knownNodes: [Digest: [UInt8]]
    /// The objects that have arrived.
    private var objects: [Digest: Part] = [:]
    /// The packs with chunks that do not match their digests.
    private var falsePacks: Set<Digest> = []
    /// Why objects could not be fetched.
    private var troubles: [Digest: String] = [:]

    /// An object that is being fetched.
    private struct Part {
        let chunks: [Digest]
        var children: [ArrivedTree.Entry] = []
    }

    package init(
        _ cache: RemoteCache, into store: ArtifactStore, knownNodes: [Digest: [UInt8]]? = nil
    ) {
        self.cache = cache
        self.store = store
        self.knownNodes = knownNodes ?? [:]
        packs = PackReader(cache)
    }

    /// How many bytes came from the cache.
    package var bytesRead: Int { packs.bytesRead }

    /// The packs that do not match their names, or are missing.
    package var badPacks: Set<Digest> {
        falsePacks.union(packs.troubles.filter { $0.value.code == .damaged }.map(\.key))
    }

    /// Looks up results by their keys; nil for those that the cache does not have.
    package static func find(
        _ keys: [Key], in cache: RemoteCache
    ) throws(RemoteError) -> [Result<RemoteResult?, RemoteError>] {
        guard try cache.format() == .cache else { return keys.map { _ in .success(nil) } }
        var found = [Result<RemoteResult?, RemoteError>](repeating: .success(nil), count: keys.count)
        cache.storage.forEachDocument(
            keys.map { RemoteName(.results, $0.digest).text }, limit: ResultDocument.largest
        ) { index, answer in
            found[index] = answer.flatMap { bytes in
                guard let bytes else { return .success(nil) }
                do {
                    let read = try ResultDocument.read(
                        bytes, of: keys[index].digest, trusted: cache.settings.trusted)
                    return .success(RemoteResult(document: read.document, trace: read.trace))
                } catch {
                    return .failure(cache.refusal("\(error)"))
                }
            }
        }
        return found
    }

    /// The roots of the path sets of commands' results, by the keys of what they declare.
    static func pathSets(
        of declared: [Key], in cache: RemoteCache, atMost limit: Int
    ) throws(RemoteError) -> [[Digest]] {
        guard try cache.format() == .cache else { return declared.map { _ in [] } }
        let answers = cache.storage.read(
            declared.map {
                RemoteRead(RemoteName(.commands, $0.digest).text, limit: PathSetList.largest)
            })
        var lists: [[Digest]] = []
        for (key, answer) in zip(declared, answers) {
            let list = PathSetList(try answer.orNothingIfDamaged())
            lists.append(
                Array(list.roots(of: key.digest, trusted: cache.settings.trusted).prefix(limit)))
        }
        return lists
    }

    /// Reads trees of discovery nodes, and gives `body` those that the cache has.
    static func readNodes(
        below roots: [Digest], from cache: RemoteCache,
        _ body: (_ root: Digest, _ nodes: [Digest: [UInt8]]) throws(RemoteError) -> Void
    ) throws(RemoteError) {
        for start in stride(from: 0, to: roots.count, by: 64) {
            let batch = Array(roots[start..<min(start + 64, roots.count)])
            var trouble: RemoteError?
            cache.storage.forEachDocument(
                batch.map { RemoteName(.discoveries, $0).text }, limit: DiscoveryDocument.largest
            ) { index, answer in
                do throws(RemoteError) {
                    guard trouble == nil, let bytes = try answer.orNothingIfDamaged(),
                        let found = try? DiscoveryDocument.read(bytes, of: batch[index])
                    else { return }
                    try body(batch[index], found)
                } catch {
                    trouble = error
                }
            }
            if let trouble { throw trouble }
        }
    }

    /// Fetches trees of discovery nodes that the store lacks.
    ///
    /// - Returns: those of the roots that the store has now.
    private func takeNodes(below roots: Set<Digest>) throws -> Set<Digest> {
        var had: Set<Digest> = []
        var missing: [Digest] = []
        for root in roots.sorted() {
            if try store.discoveryNode(root) != nil {
                had.insert(root)
            } else if let nodes = try? DiscoveryClosure.nodes(below: [root], { knownNodes[$0] }) {
                try store.arrivals.add(nodes: nodes)
                had.insert(root)
            } else {
                missing.append(root)
            }
        }
        try Self.readNodes(below: missing, from: cache) { root, nodes throws(RemoteError) in
            do {
                try store.arrivals.add(nodes: nodes)
            } catch {
                throw RemoteError(.invalid, "\(error)")
            }
            had.insert(root)
        }
        return had
    }

    // MARK: Content

    /// Fetches results into the store, each as a whole or not at all.
    ///
    /// - Throws: `RemoteError.unreachable` if the cache stops responding, and the store's errors.
    package mutating func take(_ results: [RemoteResult]) throws -> [Result<Void, RemoteError>] {
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
        let roots = results.flatMap { result in
            [result.trace.discovered?.pathSet, result.trace.discovered?.snapshot].compactMap { $0 }
        }
        let nodes = try takeNodes(below: Set(roots))
        return try record(results, nodes)
    }

    /// Finds the chunks of objects that the store lacks, and the objects in trees.
    ///
    /// - Returns: the objects to look at next.
    private mutating func gather(_ wanted: [Digest: Artifact.Shape]) throws -> [Digest: Artifact.Shape] {
        var lacking: [Digest] = []
        for digest in wanted.keys.sorted() where objects[digest] == nil && troubles[digest] == nil {
            if try !store.arrivals.has(digest) { lacking.append(digest) }
        }
        try resolve(lacking)
        let trees = lacking.filter { wanted[$0] == .tree && objects[$0] != nil }
        try get(trees.flatMap { objects[$0]?.chunks ?? [] }, ofLargeObject: false)
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

    /// Fetches the chunks of all files; those of large files separately, because they are stored elsewhere.
    private mutating func getFiles() throws {
        var small: [Digest] = []
        for (_, part) in objects.sorted(by: { $0.key < $1.key }) where part.children.isEmpty {
            if part.chunks.count > Arrivals.chunksOfLargeObject {
                try get(part.chunks, ofLargeObject: true)
            } else {
                small += part.chunks
            }
        }
        try get(small, ofLargeObject: false)
    }

    /// Fetches the chunks that the store lacks, and adds those that match their digests.
    private mutating func get(_ chunks: [Digest], ofLargeObject: Bool) throws {
        let places = try store.arrivals.missing(chunks).compactMap { packs.place(ofChunk: $0) }
        let arrivals = store.arrivals
        var waiting: [(pack: Digest, chunk: ChunkPayload)] = []
        var size = 0
        var falsePacks: Set<Digest> = []
        func flush() throws {
            let batch = waiting
            let threads = sysconf(Int32(_SC_NPROCESSORS_ONLN))
            let isSound = Parallel.values(count: batch.count, threads: threads) {
                batch[$0].chunk.content() != nil
            }
            // A chunk that does not match is missing, so its object will be rejected.
            try arrivals.add(
                batch.indices.filter { isSound[$0] }.map { batch[$0].chunk }, ofLargeObject: ofLargeObject)
            for index in batch.indices where !isSound[index] { falsePacks.insert(batch[index].pack) }
            waiting = []
            size = 0
        }
        try packs.read(places) { place, entry, bytes in
            guard let bytes, entry.form != .list else { return }
            let chunk = ChunkPayload(
                digest: entry.digest, isCompressed: entry.form == .zstd, size: entry.size, bytes: bytes)
            waiting.append((place.pack, chunk))
            size += bytes.count
            if size >= 8 << 20 { try flush() }
        }
        try flush()
        self.falsePacks.formUnion(falsePacks)
    }

    // MARK: Results

    private func record(
        _ results: [RemoteResult], _ nodes: Set<Digest>
    ) throws -> [Result<Void, RemoteError>] {
        var assembled: [(index: Int, objects: [ArrivedObject])] = []
        var outcomes = [Result<Void, RemoteError>](repeating: .success(()), count: results.count)
        for (index, result) in results.enumerated() {
            do {
                assembled.append((index, try assemble(result, nodes)))
            } catch let refusal as Arrivals.Refusal {
                outcomes[index] = .failure(refusalError(result, refusal))
            }
        }
        do {
            // Many in one transaction, because each transaction waits for the disk.
            var seen: Set<Digest> = []
            try store.arrivals.take(
                assembled.map { results[$0.index].trace },
                objects: assembled.flatMap(\.objects).filter { seen.insert($0.digest).inserted }, nodes: [:])
        } catch is Arrivals.Refusal {
            // One of them is wrong; the others must not suffer.
            for (index, objects) in assembled {
                do {
                    try store.arrivals.take([results[index].trace], objects: objects, nodes: [:])
                } catch let refusal as Arrivals.Refusal {
                    outcomes[index] = .failure(refusalError(results[index], refusal))
                }
            }
        }
        return outcomes
    }

    private func refusalError(_ result: RemoteResult, _ refusal: Arrivals.Refusal) -> RemoteError {
        // What is wrong with a pack explains more than a missing chunk does.
        let known = result.document.packs.lazy.compactMap { packs.troubles[$0.digest] }
        if let trouble = known.first { return trouble }
        return cache.refusal(
            "the result of \(result.document.result.stage), \(RemoteName(.results, result.trace.key.digest).text): "
                + refusal.description)
    }

    /// The objects of a result that the store lacks, parts first.
    private func assemble(_ result: RemoteResult, _ nodes: Set<Digest>) throws -> [ArrivedObject] {
        for root in [result.trace.discovered?.pathSet, result.trace.discovered?.snapshot].compactMap({ $0 })
        where !nodes.contains(root) {
            throw Arrivals.Refusal(description: "what its command has discovered is missing or damaged")
        }
        var walk = Walk(fetcher: self)
        for (_, artifact) in result.trace.outputs.sorted(by: { $0.key < $1.key }) {
            try walk.visit(artifact.digest, artifact.shape, depth: 0)
        }
        if let log = result.trace.log { try walk.visit(log, .file, depth: 0) }
        return walk.found
    }

    /// Traverses the objects of a result.
    private struct Walk {
        let fetcher: ResultFetcher
        var found: [ArrivedObject] = []
        private var seen: [Digest: Artifact.Shape] = [:]
        private var entries = 0

        init(fetcher: ResultFetcher) { self.fetcher = fetcher }

        mutating func visit(_ digest: Digest, _ shape: Artifact.Shape, depth: Int) throws {
            if let trouble = fetcher.troubles[digest] { throw Arrivals.Refusal(description: trouble) }
            guard let part = fetcher.objects[digest] else {
                // It is in the store already.
                guard try fetcher.store.arrivals.shape(of: digest) == shape else {
                    throw Arrivals.Refusal(description: "it lacks the content of \(digest.abbreviated)")
                }
                return
            }
            guard depth < ArrivedTree.maximumDepth else {
                throw Arrivals.Refusal(
                    description: "a directory is more than \(ArrivedTree.maximumDepth) folders deep")
            }
            if shape == .tree {
                for entry in part.children {
                    entries += 1
                    guard entries <= ArrivedTree.maximumEntries else {
                        throw Arrivals.Refusal(
                            description: "a directory has more than \(ArrivedTree.maximumEntries) entries")
                    }
                    try visit(entry.digest, entry.kind == .tree ? .tree : .file, depth: depth + 1)
                    if entry.kind == .link { try check(link: entry, depth: depth) }
                }
            }
            if let known = seen[digest] {
                guard known == shape else {
                    throw Arrivals.Refusal(
                        description: "\(digest.abbreviated) is said to be a file and a directory")
                }
                return
            }
            seen[digest] = shape
            found.append(
                ArrivedObject(
                    digest: digest, shape: shape, chunks: part.chunks,
                    children: part.children.map(\.digest)))
        }

        private func check(link: ArrivedTree.Entry, depth: Int) throws {
            let chunks = fetcher.objects[link.digest]?.chunks ?? [link.digest]
            let target = try fetcher.store.arrivals.bytes(of: chunks, limit: ArrivedTree.longestLink)
            guard let target, ArrivedTree.isLink(target, depth: depth) else {
                throw Arrivals.Refusal(
                    description: "the symbolic link '\(link.name)' leads out of its directory")
            }
        }
    }
}
