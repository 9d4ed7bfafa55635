internal import ArtifactStore
internal import Clocks
internal import Dataflow
package import Digests
package import Files
package import Signatures

/// Maintains a shared cache: lists, verifies and collects its objects.
package struct RemoteUpkeep {
    let cache: RemoteCache

    package init(_ cache: RemoteCache) { self.cache = cache }

    /// A result in a cache.
    package struct Listed: Sendable {
        package let name: String
        package let key: Digest
        package let modified: Double
        /// Nil if it cannot be read.
        package let document: ResultDocument?
        package let signer: VerificationKey?
        /// What is wrong with it; nil if it seems to be fine.
        package let trouble: String?
    }

    private static let batch = 256

    /// The results, latest first.
    ///
    /// - Parameter limit: how many to read.
    /// - Returns: these results, and the number of all.
    package func results(limit: Int = .max) throws -> (listed: [Listed], all: Int) {
        guard try cache.format() == .cache else {
            throw RemoteError(.invalid, "there is no cache at \(cache.storage.address)")
        }
        var entries = try names(in: .results)
        entries.sort { ($0.entry.modified, $1.name.digest) > ($1.entry.modified, $0.name.digest) }
        let chosen = Array(entries.prefix(limit))
        var listed: [Listed] = []
        for start in stride(from: 0, to: chosen.count, by: Self.batch) {
            let batch = chosen[start..<min(start + Self.batch, chosen.count)]
            let answers = cache.storage.read(
                batch.map { RemoteRead($0.entry.name, limit: ResultDocument.largest) })
            for (item, answer) in zip(batch, answers) {
                // It may have been removed meanwhile.
                guard let bytes = try answer.get() else { continue }
                listed.append(Self.listed(item.entry, item.name.digest, bytes))
            }
        }
        return (listed, entries.count)
    }

    private static func listed(_ entry: RemoteEntry, _ key: Digest, _ bytes: [UInt8]) -> Listed {
        do {
            let read = try ResultDocument.read(bytes, of: key, trusted: nil)
            return Listed(
                name: entry.name, key: key, modified: entry.modified, document: read.document,
                signer: read.signer, trouble: nil)
        } catch {
            return Listed(
                name: entry.name, key: key, modified: entry.modified, document: nil, signer: nil,
                trouble: "\(error)")
        }
    }

    /// The objects in a folder of the cache; names that this program does not make are ignored.
    func names(
        in folder: RemoteName.Folder
    ) throws -> [(entry: RemoteEntry, name: RemoteName)] {
        var found: [(RemoteEntry, RemoteName)] = []
        try cache.storage.list(folder.rawValue) { entry in
            if let name = RemoteName(entry.name), name.folder == folder { found.append((entry, name)) }
        }
        return found
    }

    // MARK: Verification

    /// The result of a verification.
    package struct Verification: Sendable {
        package var results = 0
        package var bytes = 0
        /// What is wrong, by the name of the result.
        package var troubles: [(name: String, reason: String)] = []
        /// How many results were removed.
        package var removed = 0
    }

    /// Fetches every result as another machine would, into a temporary store, which takes up space for a while.
    ///
    /// - Parameters:
    ///   - folder: where that store is; it must not exist.
    ///   - removes: true to remove results that cannot be used, and packs that are not what their names say.
    package func verify(in folder: FilePath, removes: Bool) throws -> Verification {
        let listed = try results().listed
        var verification = Verification()
        verification.results = listed.count
        var bad: [(name: String, reason: String)] = []
        for item in listed where item.document == nil { bad.append((item.name, item.trouble ?? "")) }
        let sound = listed.compactMap { item -> RemoteResult? in
            guard let document = item.document, let trace = try? document.result.trace() else { return nil }
            return RemoteResult(document: document, trace: trace)
        }
        var badPacks: Set<Digest> = []
        var start = 0
        while start < sound.count {
            // Results share chunks, so many are fetched into one store, but a whole cache may not fit on this machine's disk.
            let part = folder.appending("\(start)")
            defer { try? FileSystem.removeTree(part) }
            let store = try ArtifactStore(
                path: part.appending("store.sqlite"), workingDirectory: part)
            let fresh = try RemoteCache(
                cache.storage, index: RemoteIndex(in: part), settings: cache.settings)
            var size = 0
            while start < sound.count, size < Self.scratchSize {
                let batch = Array(sound[start..<min(start + 64, sound.count)])
                var fetcher = ResultFetcher(fresh, into: store)
                let outcomes = try fetcher.take(batch)
                for (result, outcome) in zip(batch, outcomes) {
                    guard case .failure(let error) = outcome else { continue }
                    bad.append((RemoteName(.results, result.trace.key.digest).text, error.message))
                }
                badPacks.formUnion(fetcher.badPacks)
                size += fetcher.bytesRead
                verification.bytes += fetcher.bytesRead
                start += batch.count
            }
        }
        verification.troubles = bad
        guard removes, !bad.isEmpty else { return verification }
        let packs = badPacks.sorted().map { RemoteName(.packs, $0).text }
        for answer in cache.storage.remove(bad.map(\.name) + packs) { try answer.get() }
        try cache.index.forgetAll(cache.number)
        verification.removed = bad.count
        return verification
    }

    /// How many bytes are fetched before their space is freed.
    private static let scratchSize = 4 << 30
}
