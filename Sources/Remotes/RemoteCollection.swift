internal import ArtifactStore
internal import Clocks
internal import Dataflow
internal import Digests

/// What a collection removes from a shared cache.
package struct RemoteCollectionPolicy: Sendable {
    /// The age in seconds from which results are removed; nil to remove none.
    package var olderThan: Double?
    /// For how many seconds content must have been unneeded before it is removed, since an upload in progress may need it.
    package var grace: Double

    package init(olderThan: Double? = nil, grace: Double = 86_400) {
        self.olderThan = olderThan
        self.grace = grace
    }
}

/// What a collection has freed, or would free.
package struct RemoteCollectionReport: Sendable {
    /// Results that are too old or unreadable.
    package var results = 0
    /// Packs, and their bytes.
    package var packs = 0
    package var bytes = 0
    /// Packs that no result needs, and that a later collection will remove.
    package var waitingPacks = 0
    package var waitingBytes = 0
    /// What else is not needed: path sets, snapshots, leftovers.
    package var others = 0
    /// What stays.
    package var keptResults = 0
    package var keptBytes = 0
}

extension RemoteUpkeep {
    /// Frees what a policy does not keep.
    ///
    /// - Parameter dryRun: true to change nothing.
    package func collect(
        _ policy: RemoteCollectionPolicy, dryRun: Bool
    ) throws -> RemoteCollectionReport {
        let now = WallClock.seconds()
        var report = RemoteCollectionReport()
        let listed = try results().listed
        var expired: [String] = []
        var kept: [ResultDocument] = []
        for item in listed {
            let isOld = policy.olderThan.map { item.modified < now - $0 } ?? false
            if let document = item.document, !isOld {
                kept.append(document)
            } else {
                expired.append(item.name)
            }
        }
        report.results = expired.count
        report.keptResults = kept.count
        let needed = Set(kept.flatMap { $0.packs.map(\.digest) })
        var condemned = try CondemnedPacks.read(from: cache)
        condemned.since = condemned.since.filter { name, _ in
            Digest(hexadecimal: name).map { !needed.contains($0) } ?? false
        }
        var removed: [RemoteName] = []
        var present: Set<String> = []
        for (entry, name) in try names(in: .packs) {
            present.insert(name.digest.hexadecimal)
            guard !needed.contains(name.digest) else {
                report.keptBytes += entry.size
                continue
            }
            let since = condemned.since[name.digest.hexadecimal] ?? now
            condemned.since[name.digest.hexadecimal] = since
            if since <= now - policy.grace {
                removed.append(name)
                report.packs += 1
                report.bytes += entry.size
            } else {
                report.waitingPacks += 1
                report.waitingBytes += entry.size
            }
        }
        condemned.since = condemned.since.filter { name, _ in present.contains(name) }
        let others = try unneeded(besides: kept, before: now - policy.grace)
        report.others = others.count
        guard !dryRun else { return report }
        // First, so that uploads that start now do not rely on these packs.
        try condemned.write(to: cache)
        try remove(expired)
        try remove(removed.map(\.text))
        try remove(others.map(\.text))
        report.others += try cache.storage.removeLeftovers(olderThan: max(policy.grace, 3600))
        for name in removed { condemned.since[name.digest.hexadecimal] = nil }
        try condemned.write(to: cache)
        try cache.index.forgetAll(cache.number)
        return report
    }

    /// The discoveries, path sets and hints that no result needs and that are old enough.
    private func unneeded(besides kept: [ResultDocument], before time: Double) throws -> [RemoteName] {
        var needed: Set<RemoteName> = []
        for document in kept {
            let result = document.result
            for root in [result.pathSet, result.snapshot].compactMap({ $0 }) {
                needed.insert(RemoteName(.discoveries, root))
            }
            if result.pathSet != nil {
                needed.insert(RemoteName(.commands, Key(result.material).digest))
            }
            needed.insert(RemoteName.latest(ofStage: result.stage, inPipeline: result.pipeline))
        }
        return try [.discoveries, .commands, .latest].flatMap { folder in
            try names(in: folder).filter { $0.entry.modified < time && !needed.contains($0.name) }.map(\.name)
        }
    }

    private func remove(_ names: [String]) throws {
        for start in stride(from: 0, to: names.count, by: 256) {
            let batch = Array(names[start..<min(start + 256, names.count)])
            for answer in cache.storage.remove(batch) { try answer.get() }
        }
    }
}
