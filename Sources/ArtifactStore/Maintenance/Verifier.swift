internal import Compression
internal import Dataflow
internal import Digests
internal import Files

/// Reads everything in a store and compares it with what it should be.
///
/// Damage is marked if the store can be written. A read-only store is still damaged, so a failure to mark is not an
/// error
/// here.
struct Verifier: ~Copyable {
    private let parts: StoreParts
    private let codec = ZstdCodec()
    private var report = VerificationReport()

    private var database: StoreDatabase { parts.database }

    /// The number of rows listed at a time.
    private static let listedAtOnce = 1024

    init(parts: StoreParts) { self.parts = parts }

    /// - Parameter progress: called from time to time with the number of chunks read and the total.
    mutating func verify(progress: (_ done: Int, _ total: Int) -> Void) throws -> VerificationReport {
        try checkStructure()
        try checkRows()
        try checkChunks(progress)
        try checkObjects()
        report.damaged = try Catalog(parts: parts).damagedArtifacts()
        try checkCopies()
        return report
    }

    private mutating func checkStructure() throws {
        report.structure = try database.current { try $0.connection.structuralDamage() }
        report.structure += try database.bulk.existing { try $0.structuralDamage() } ?? []
        report.structure += try database.current { try $0.connection.danglingRows() }
    }

    private mutating func checkRows() throws {
        for check in RowCheck.all {
            for (id, name) in try database.current({ try check.findings($0.connection) }) {
                report.records.append("\(name) has impossible values; \(check.consequence)")
                try? database.transaction { try check.repair(id, $0.connection) }
            }
        }
    }

    private mutating func checkChunks(_ progress: (_ done: Int, _ total: Int) -> Void) throws {
        let total = try database.current { try $0.chunks.count() }
        var last = Int.min
        while true {
            let batch = try database.current { try $0.chunks.list(after: last, limit: Self.listedAtOnce) }
            guard let end = batch.last?.id else { break }
            last = end
            for chunk in batch {
                report.chunks += 1
                report.bytes += chunk.stored
                if try chunk.isNamed && parts.reader.isWhole(chunk.id, codec) { continue }
                // A chunk without a digest was found damaged earlier; once its artifacts have been recomputed, nothing
                // uses it. Others may have been collected since they were listed.
                let matters = try database.current { tables in
                    try chunk.isNamed ? tables.chunks.exists(chunk.id) : tables.objects.uses(chunk: chunk.id)
                }
                guard matters else { continue }
                report.damagedChunks += 1
                try? database.markDamaged(chunk: chunk.id)
            }
            progress(report.chunks, max(total, report.chunks))
        }
    }

    /// Compares objects with their digests, and trees with what they reference; the state of every chunk is known by
    /// now.
    private mutating func checkObjects() throws {
        var last = Int.min
        while true {
            let batch = try database.current { try $0.objects.list(after: last, limit: Self.listedAtOnce) }
            guard let end = batch.last?.id else { break }
            last = end
            for (id, artifact) in batch {
                let isRight =
                    try hasItsBytes(id, artifact) && (artifact.shape == .file || isWholeTree(id, artifact))
                // It may have been collected since it was listed.
                guard try !isRight && database.current({ try $0.objects.isWhole(artifact.digest) }) else {
                    continue
                }
                try? database.markDamaged(artifact.digest)
                let name = "artifact \(artifact.digest.abbreviated)"
                report.records.append("\(name) does not match its digest; it will be recomputed")
            }
        }
    }

    /// True if an object's chunks, in order, match its digest.
    private func hasItsBytes(_ id: Int, _ artifact: Artifact) throws -> Bool {
        // The usual case: nothing has to be read.
        if let only = try database.current({ try $0.objects.onlyChunk(of: id) }) {
            return only.digest == artifact.digest && (artifact.shape == .tree || only.size == artifact.size)
        }
        do {
            try parts.reader.forEachUncheckedPiece(of: artifact.digest) { _ in }
            return true
        } catch let error as StoreError where error.code == .damaged || error.code == .missing {
            return false
        }
    }

    /// True if a tree's manifest references what the database says it does, with the same total size.
    private func isWholeTree(_ id: Int, _ artifact: Artifact) throws -> Bool {
        let limit = TreeManifest.maximumBytes(entries: Capture.maximumEntries)
        let bytes: [UInt8]
        do {
            bytes = try parts.reader.bytes(of: artifact.digest, limit: limit)
        } catch let error as StoreError where error.code != .failed {
            return false
        }
        guard let manifest = TreeManifest(bytes: bytes) else { return false }
        let children = try database.current { try $0.objects.children(of: id) }
        let known = Dictionary(children.map { ($0.digest, $0) }) { first, _ in first }
        var size = 0
        for entry in manifest.entries {
            guard let child = known[entry.digest], (child.shape == .tree) == (entry.kind == .tree) else {
                return false
            }
            size = size.adding(child.size)
        }
        return size == artifact.size && known.count == Set(manifest.entries.map(\.digest)).count
    }

    /// Drops the plain copies that do not match their digests; those that the database lacks are left to the run that
    /// made them.
    private mutating func checkCopies() throws {
        for copy in parts.work.plainCopies() {
            guard let digest = copy.digest, try database.current({ try $0.objects.isWhole(digest) }),
                !parts.copies.holds(digest, at: copy.path),
                // Another process may have dropped it first.
                (try? FileSystem.removeFile(copy.path)) != nil
            else { continue }
            report.droppedCopies += 1
        }
    }
}
