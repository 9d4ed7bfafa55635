package import ArtifactStore
package import Dataflow
internal import Digests
internal import Signatures

/// A result to be uploaded.
package struct OutgoingResult: Sendable {
    package let pipeline: String
    package let stage: String
    package let trace: Trace

    package init(pipeline: String, stage: String, trace: Trace) {
        self.pipeline = pipeline
        self.stage = stage
        self.trace = trace
    }

    var name: String { RemoteName(.results, trace.key.digest).text }
}

/// The outcome of an upload.
package struct UploadReport: Sendable {
    /// The results that the cache did not have.
    package var new = 0
    /// The number of all results.
    package var all = 0
    /// How many bytes were sent.
    package var bytes = 0
    /// Why results were left out.
    package var notices: [String] = []
}

/// Uploads results from a store to a shared cache: first the chunks that it lacks, then what names them, so that everything
/// visible is complete.
package struct ResultPusher {
    let cache: RemoteCache
    let store: ArtifactStore
    /// Called from time to time; if it returns true, the upload stops.
    let isUnwanted: @Sendable () -> Bool
    private var report = UploadReport()
    private var condemned: Set<Digest> = []

    /// How many results are processed at a time.
    private static let batch = 500
    /// If at least this many bytes of a stage seem to be missing, they are compared with the stage's latest upload.
    private static let worthHint = 256 << 10

    package init(
        _ cache: RemoteCache, from store: ArtifactStore,
        isUnwanted: @escaping @Sendable () -> Bool = { false }
    ) {
        self.cache = cache
        self.store = store
        self.isUnwanted = isUnwanted
    }

    /// Uploads results.
    ///
    /// - Parameter asksAgain: true to look even for what was seen there before, since it may have been removed.
    /// - Throws: `RemoteError` if the cache does not respond or does not allow it; what was uploaded until then stays.
    package mutating func push(
        _ results: [OutgoingResult], asksAgain: Bool = false
    ) throws(RemoteError) -> UploadReport {
        var seen: Set<Key> = []
        let different = results.filter { seen.insert($0.trace.key).inserted }
        report = UploadReport()
        report.all = different.count
        var rest = different
        if !asksAgain {
            let known = try cache.indexing { try cache.index.known(different.map(\.name), cache.number) }
            rest = different.filter { !known.contains($0.name) }
        }
        guard !rest.isEmpty else { return report }
        try cache.begin()
        condemned = try CondemnedPacks.read(from: cache).packs
        for start in stride(from: 0, to: rest.count, by: Self.batch) {
            try push(batch: Array(rest[start..<min(start + Self.batch, rest.count)]), asksAgain)
        }
        return report
    }

    private mutating func push(batch: [OutgoingResult], _ asksAgain: Bool) throws(RemoteError) {
        let lacking = try lacking(of: batch)
        var contents: [(result: OutgoingResult, objects: [StoredObject])] = []
        for result in lacking {
            do {
                let log = [result.trace.log].compactMap { $0 }
                let roots = result.trace.outputs.sorted { $0.key < $1.key }.map(\.value.digest) + log
                contents.append((result, try store.content.objects(of: roots)))
            } catch {
                report.notices.append("\(result.stage) was not uploaded: \(error)")
            }
        }
        var upload = PackUpload(cache: cache, store: store, condemned: condemned, isUnwanted: isUnwanted)
        try upload.send(contents.flatMap(\.objects), hints: hints(contents, upload))
        report.bytes += upload.bytesSent
        var documents: [(result: OutgoingResult, write: RemoteWrite)] = []
        var discoveries: [Digest: [UInt8]] = [:]
        for (result, objects) in contents {
            do {
                let packs = try upload.packs(of: objects)
                let document = ResultDocument(
                    result: ResultRecord(
                        result.trace, pipeline: result.pipeline, stage: result.stage), packs: packs)
                for root in [result.trace.discovered?.pathSet, result.trace.discovered?.snapshot] {
                    guard let root, discoveries[root] == nil else { continue }
                    discoveries[root] = try DiscoveryDocument.bytes(
                        try store.content.nodes(below: [root]), of: root)
                }
                documents.append(
                    (
                        result,
                        RemoteWrite(
                            result.name, try document.bytes(signedWith: cache.settings.signingKey))
                    ))
            } catch {
                report.notices.append("\(result.stage) was not uploaded: \(error)")
            }
        }
        try send(discoveries)
        // Before the results: a reader that finds a result relies on the rest. With `asksAgain`, also those of results
        // that exist already: another writer may have lost them.
        try addPathSets(asksAgain ? batch : documents.map(\.result))
        try write(documents.map(\.write))
        try write(
            documents.map { item in
                RemoteWrite(
                    RemoteName.latest(ofStage: item.result.stage, inPipeline: item.result.pipeline).text,
                    Array(item.result.trace.key.description.utf8))
            })
        report.new += documents.count
        try cache.indexing { try cache.index.note(documents.map(\.write.name), cache.number) }
    }

    /// Those results that the cache does not have, or has without a valid signature.
    private func lacking(of results: [OutgoingResult]) throws(RemoteError) -> [OutgoingResult] {
        var lacking: [OutgoingResult] = []
        var present: [String] = []
        if let key = cache.settings.signingKey {
            let counting = (cache.settings.trusted ?? []) + [key.verificationKey]
            var trouble: RemoteError?
            var isPresent = [Bool](repeating: false, count: results.count)
            cache.storage.forEachDocument(results.map(\.name), limit: ResultDocument.largest) {
                index, answer in
                do throws(RemoteError) {
                    guard let bytes = try answer.orNothingIfDamaged() else { return }
                    let key = results[index].trace.key.digest
                    isPresent[index] = (try? ResultDocument.read(bytes, of: key, trusted: counting)) != nil
                } catch {
                    trouble = error
                }
            }
            if let trouble { throw trouble }
            for (result, isPresent) in zip(results, isPresent) {
                if isPresent { present.append(result.name) } else { lacking.append(result) }
            }
        } else {
            for (result, answer) in zip(results, cache.storage.sizes(of: results.map(\.name))) {
                if try answer.get() == nil { lacking.append(result) } else { present.append(result.name) }
            }
        }
        try cache.indexing { try cache.index.note(present, cache.number) }
        return lacking
    }

    /// The packs of the latest uploads of stages of which much seems to be missing.
    private func hints(
        _ contents: [(result: OutgoingResult, objects: [StoredObject])], _ upload: PackUpload
    ) throws(RemoteError) -> [PackReference] {
        var names: [String] = []
        for (result, objects) in contents where try upload.lackingBytes(of: objects) > Self.worthHint {
            names.append(RemoteName.latest(ofStage: result.stage, inPipeline: result.pipeline).text)
        }
        guard !names.isEmpty else { return [] }
        var keys: [Key] = []
        for answer in cache.storage.read(names.map({ RemoteRead($0, limit: 64) })) {
            if let bytes = try answer.orNothingIfDamaged(),
                let digest = Digest(hexadecimal: String(decoding: bytes, as: UTF8.self))
            {
                keys.append(Key(digest))
            }
        }
        let found = try ResultLookup(in: cache).find(keys)
        return found.flatMap { (try? $0.get())?.document.packs ?? [] }
    }

    private mutating func send(_ discoveries: [Digest: [UInt8]]) throws(RemoteError) {
        let all = discoveries.sorted { $0.key < $1.key }.map { item in
            RemoteWrite(RemoteName(.discoveries, item.key).text, item.value)
        }
        let known = try cache.indexing { try cache.index.known(all.map(\.name), cache.number) }
        var lacking = all.filter { !known.contains($0.name) }
        var sizes: [Int?] = []
        for answer in cache.storage.sizes(of: lacking.map(\.name)) { sizes.append(try answer.get()) }
        lacking = zip(lacking, sizes).filter { $0.1 == nil }.map(\.0)
        try write(lacking)
        try cache.indexing { try cache.index.note(all.map(\.name), cache.number) }
    }

    private mutating func write(_ objects: [RemoteWrite]) throws(RemoteError) {
        for start in stride(from: 0, to: objects.count, by: 256) {
            try checkWanted()
            let batch = Array(objects[start..<min(start + 256, objects.count)])
            for answer in cache.storage.write(batch) { try answer.get() }
            report.bytes += batch.reduce(0) { $0 + $1.bytes.count }
        }
    }

    private func checkWanted() throws(RemoteError) {
        if isUnwanted() {
            throw RemoteError(.unreachable, "the upload to \(cache.storage.address) was interrupted")
        }
    }

    /// Adds the path sets of commands' results to the lists.
    private func addPathSets(_ results: [OutgoingResult]) throws(RemoteError) {
        var roots: [Key: [Digest]] = [:]
        for result in results {
            guard let discovered = result.trace.discovered,
                roots[discovered.declared]?.contains(discovered.pathSet) != true
            else { continue }
            roots[discovered.declared, default: []].append(discovered.pathSet)
        }
        let commands = roots.sorted { $0.key < $1.key }
        let key = cache.settings.signingKey
        let answers = cache.storage.update(
            commands.map { RemoteName(.commands, $0.key.digest).text }, limit: PathSetList.largest
        ) { index, bytes in
            var list = PathSetList(bytes)
            var isNew = false
            for root in commands[index].value {
                if list.add(root, of: commands[index].key.digest, signedWith: key) { isNew = true }
            }
            return isNew ? try? list.bytes() : nil
        }
        for answer in answers { try answer.get() }
    }
}
