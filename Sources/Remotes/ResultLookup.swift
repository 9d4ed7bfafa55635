package import Dataflow
internal import Digests

/// A result in a shared cache.
package struct RemoteResult: Sendable {
    package let document: ResultDocument
    package let trace: Trace
}

/// Reads the records of results in a shared cache, and of what their commands have discovered.
package struct ResultLookup {
    let cache: RemoteCache

    package init(in cache: RemoteCache) { self.cache = cache }

    /// Looks up results by their keys; nil for those that the cache does not have.
    package func find(
        _ keys: [Key]
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
    func pathSets(
        of declared: [Key], atMost limit: Int
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
    func readNodes(
        below roots: [Digest],
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
}
