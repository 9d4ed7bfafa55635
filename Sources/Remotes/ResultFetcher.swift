package import ArtifactStore
internal import Dataflow
package import Digests

/// Fetches results from a shared cache into a store: first their records, then the content that the store lacks.
package struct ResultFetcher {
    let cache: RemoteCache
    let store: ArtifactStore
    private var content: ContentFetcher
    /// Nodes of discoveries that were read before.
    private let knownNodes: [Digest: [UInt8]]

    package init(
        _ cache: RemoteCache, into store: ArtifactStore, knownNodes: [Digest: [UInt8]]? = nil
    ) {
        self.cache = cache
        self.store = store
        self.knownNodes = knownNodes ?? [:]
        content = ContentFetcher(cache, into: store)
    }

    /// How many bytes came from the cache.
    package var bytesRead: Int { content.bytesRead }

    /// The packs that do not match their names, or are missing.
    package var badPacks: Set<Digest> { content.badPacks }

    /// Fetches trees of discovery nodes that the store lacks.
    ///
    /// - Returns: those of the roots that the store has now.
    private func takeNodes(below roots: Set<Digest>) throws -> Set<Digest> {
        var had: Set<Digest> = []
        var missing: [Digest] = []
        for root in roots.sorted() {
            if try store.discoveries.node(root) != nil {
                had.insert(root)
            } else if let nodes = try? DiscoveryClosure.nodes(below: [root], { knownNodes[$0] }) {
                try store.arrivals.add(nodes: nodes)
                had.insert(root)
            } else {
                missing.append(root)
            }
        }
        try ResultLookup(in: cache).readNodes(below: missing) { root, nodes throws(RemoteError) in
            do {
                try store.arrivals.add(nodes: nodes)
            } catch {
                throw RemoteError(.invalid, "\(error)")
            }
            had.insert(root)
        }
        return had
    }

    /// Fetches results into the store, each as a whole or not at all.
    ///
    /// - Throws: `RemoteError.unreachable` if the cache stops responding, and the store's errors.
    package mutating func take(_ results: [RemoteResult]) throws -> [Result<Void, RemoteError>] {
        try content.fetch(results)
        let roots = results.flatMap { result in
            [result.trace.discovered?.pathSet, result.trace.discovered?.snapshot].compactMap { $0 }
        }
        let nodes = try takeNodes(below: Set(roots))
        return try record(results, nodes)
    }

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
        let known = result.document.packs.lazy.compactMap { content.packTroubles[$0.digest] }
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
        var assembly = ResultAssembly(content, store.arrivals)
        for (_, artifact) in result.trace.outputs.sorted(by: { $0.key < $1.key }) {
            try assembly.visit(artifact.digest, artifact.shape, depth: 0)
        }
        if let log = result.trace.log { try assembly.visit(log, .file, depth: 0) }
        return assembly.found
    }
}
