internal import Compression
internal import Dataflow
internal import Digests
internal import Files

/// Reads everything in a store and compares it with what it should be.
///
/// Damage is marked if the store can be written. A read-only store is still damaged, so a failure to mark is not an error here.
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
            let found = try database.undisturbed { tables, mayWrite in
                let found = try check.findings(tables.connection)
                if mayWrite { for row in found { try check.repair(row.id, tables.connection) } }
                return found.map { $0.name }
            }
            report.records += found.map { "\($0) has impossible values; \(check.consequence)" }
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
                // What seems wrong may have been collected since it was listed, or just now, so it is checked again.
                guard try isDamaged(chunk.id), try database.marksDamage(ofChunk: chunk.id) else { continue }
                report.damagedChunks += 1
            }
            progress(report.chunks, max(total, report.chunks))
        }
    }

    private func isDamaged(_ chunk: Int) throws -> Bool {
        try database.current {
            try ContentCheck(tables: $0, bulk: database.bulk).isDamaged(chunk: chunk, codec)
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
                guard try !isWhole(id, artifact), try database.marksDamage(of: artifact.digest) ?? false
                else {
                    continue
                }
                let name = "artifact \(artifact.digest.abbreviated)"
                report.records.append("\(name) does not match its digest; it will be recomputed")
            }
        }
    }

    private func isWhole(_ id: Int, _ artifact: Artifact) throws -> Bool {
        try database.current {
            try ContentCheck(tables: $0, bulk: database.bulk).isWhole(id, artifact, codec)
        }
    }

    /// Drops the plain copies that do not match their digests; those that the database lacks are left to the run that
    /// made them.
    private mutating func checkCopies() throws {
        for copy in parts.work.plainCopies() {
            guard let digest = copy.digest, try database.current({ try $0.objects.isWhole(digest) }),
                !parts.copies.holds(digest, at: copy.path),
                // Another process may have dropped it first, or restored it.
                try parts.removeRecoverable(copy)
            else { continue }
            report.droppedCopies += 1
        }
    }
}
