internal import Compression
internal import Digests
internal import SQLite

/// What a look at every byte of the store has found.
public struct VerificationReport: Sendable, Hashable {
    /// How many chunks were read.
    public var chunks = 0
    /// Their bytes after compression.
    public var bytes = 0
    /// How many chunks are not what their digest says.
    public var damagedChunks = 0
    /// What SQLite says of the database's own structure; empty where it is sound.
    public var structure: [String] = []
    /// The artifacts that can no longer be read; the next run makes them anew.
    public var damaged: [ArtifactRecord] = []

    /// True where nothing is wrong.
    public var isSound: Bool { damagedChunks == 0 && structure.isEmpty && damaged.isEmpty }
}

extension ArtifactStore {
    /// How many chunks are listed at a time.
    private static let verifiedAtOnce = 1024

    /// Reads every chunk, compares it with its digest, and marks the artifacts that have a wrong one, so that the next
    /// run makes them anew. It takes no lock while it reads.
    ///
    /// - Parameter progress: is called now and then with the chunks read and the chunks in all.
    public func verify(
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> VerificationReport {
        var report = VerificationReport()
        report.structure = try withConnection(Self.checkIntegrity)
        report.structure += try bulk.existing(Self.checkIntegrity) ?? []
        report.structure += try withConnection { connection in
            try connection.rows("PRAGMA foreign_key_check") {
                "a row of the table \($0.text(0) ?? "?") refers to nothing in the table \($0.text(2) ?? "?")"
            }
        }
        let total = try withConnection { connection in
            try connection.first("SELECT count(*) FROM chunk") { $0.integer(0) } ?? 0
        }
        var last = 0
        let codec = ZstdCodec()
        while true {
            let batch = try withConnection { connection in
                try connection.rows(
                    "SELECT id, stored, digest FROM chunk WHERE id > ? ORDER BY id LIMIT ?", .integer(last),
                    .integer(Self.verifiedAtOnce)
                ) { (id: $0.integer(0), stored: $0.integer(1), isNamed: !$0.isNull(2)) }
            }
            guard let end = batch.last?.id else { break }
            last = end
            for chunk in batch {
                report.chunks += 1
                report.bytes += chunk.stored
                if try chunk.isNamed && isWhole(chunk.id, codec) { continue }
                // A chunk without a name was found wrong earlier; once its artifacts are made anew, nothing uses it.
                if try !chunk.isNamed && !isUsed(chunk: chunk.id) { continue }
                // It may have been collected since the batch was listed.
                guard try exists(chunk: chunk.id) else { continue }
                report.damagedChunks += 1
                try markDamaged(chunk: chunk.id)
            }
            progress(report.chunks, max(total, report.chunks))
        }
        try markIncomplete()
        report.damaged = try damagedArtifacts()
        return report
    }

    private static func checkIntegrity(_ connection: Connection) throws -> [String] {
        try connection.rows("PRAGMA integrity_check") { $0.text(0) ?? "" }.filter { $0 != "ok" }
    }

    private func isUsed(chunk: Int) throws -> Bool {
        try withConnection { connection in
            try connection.first("SELECT 1 FROM object_chunk WHERE chunk = ? LIMIT 1", .integer(chunk)) { _ in
                true
            }
                ?? false
        }
    }

    /// The artifacts of stages, pins and logs that are known to be damaged.
    public func damagedArtifacts() throws -> [ArtifactRecord] {
        let digests = try withConnection { connection in
            try connection.rows("SELECT digest FROM object WHERE damaged = 1 ORDER BY id") {
                Digest(bytes: $0.blob(0))
            }
        }
        return try digests.compactMap { $0 }.map { try record(of: $0) }
    }

    private func exists(chunk id: Int) throws -> Bool {
        try withConnection { connection in
            try connection.first("SELECT 1 FROM chunk WHERE id = ?", .integer(id)) { _ in true } ?? false
        }
    }

    /// Marks objects whose chunks do not add up to their size, and trees that name fewer objects than they hold.
    private func markIncomplete() throws {
        let incomplete = try withConnection { connection in
            try connection.rows(
                """
                SELECT o.digest FROM object o WHERE o.shape = 'file' AND o.damaged = 0 AND o.size <>
                    (SELECT coalesce(sum(c.size), 0) FROM object_chunk x JOIN chunk c ON c.id = x.chunk WHERE x.object = o.id)
                """
            ) { Digest(bytes: $0.blob(0)) }
        }
        for case let digest? in incomplete { try markDamaged(digest) }
    }
}
