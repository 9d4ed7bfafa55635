internal import Compression
internal import Dataflow
internal import Digests
internal import Files
internal import SQLite

/// Reads all that a store holds, and compares it with what it should be.
///
/// What is wrong is marked if the store can be written. A store that can only be read is damaged all the same, so marking
/// that fails is no error here.
struct Verifier: ~Copyable {
    private let store: ArtifactStore
    private let codec = ZstdCodec()
    private var report = VerificationReport()

    /// How many rows are listed at a time.
    private static let listedAtOnce = 1024

    init(store: ArtifactStore) { self.store = store }

    /// - Parameter progress: is called now and then with the chunks read and the chunks in all.
    mutating func verify(progress: (_ done: Int, _ total: Int) -> Void) throws -> VerificationReport {
        try checkStructure()
        try checkRows()
        try checkChunks(progress)
        try checkObjects()
        report.damaged = try store.damagedArtifacts()
        try checkCopies()
        return report
    }

    private mutating func checkStructure() throws {
        report.structure = try store.withConnection(Self.integrity)
        report.structure += try store.bulk.existing(Self.integrity) ?? []
        report.structure += try store.withConnection { connection in
            try connection.rows("PRAGMA foreign_key_check") { row in
                "a row of the table \(row.text("table") ?? "?") refers to nothing in the table "
                    + (row.text("parent") ?? "?")
            }
        }
    }

    private static func integrity(_ connection: Connection) throws -> [String] {
        try connection.rows("PRAGMA integrity_check") { $0.text("integrity_check") ?? "" }.filter {
            $0 != "ok"
        }
    }

    private mutating func checkRows() throws {
        for check in RowCheck.all {
            for (id, name) in try store.withConnection({ try check.findings($0) }) {
                report.records.append("\(name) has numbers that cannot be; \(check.consequence)")
                try? store.withConnection { connection in
                    try connection.transaction { try check.repair(id, connection) }
                }
            }
        }
    }

    private mutating func checkChunks(_ progress: (_ done: Int, _ total: Int) -> Void) throws {
        let total = try store.withConnection { connection in
            try connection.first("SELECT count(*) AS count FROM chunk") { $0.integer("count") } ?? 0
        }
        var last = Int.min
        while true {
            let batch = try store.withConnection { connection in
                try connection.rows(
                    "SELECT id, stored, digest IS NOT NULL AS isNamed FROM chunk WHERE id > ? ORDER BY id LIMIT ?",
                    .integer(last), .integer(Self.listedAtOnce)
                ) { row in
                    (
                        id: row.integer("id"), isNamed: row.integer("isNamed") == 1,
                        // What is out of bounds has been reported.
                        stored: min(max(0, row.integer("stored")), ContentChunker.maximum)
                    )
                }
            }
            guard let end = batch.last?.id else { break }
            last = end
            for chunk in batch {
                report.chunks += 1
                report.bytes += chunk.stored
                if try chunk.isNamed && store.isWhole(chunk.id, codec) { continue }
                // A chunk without a name was found wrong earlier; once its artifacts are made anew, nothing uses it.
                // Others may have been collected since they were listed.
                guard try isUsed(chunk: chunk.id, orNamed: chunk.isNamed) else { continue }
                report.damagedChunks += 1
                try? store.markDamaged(chunk: chunk.id)
            }
            progress(report.chunks, max(total, report.chunks))
        }
    }

    private func isUsed(chunk: Int, orNamed: Bool) throws -> Bool {
        let sql =
            orNamed
            ? "SELECT 1 FROM chunk WHERE id = ?" : "SELECT 1 FROM object_chunk WHERE chunk = ? LIMIT 1"
        return try store.withConnection { connection in
            try connection.first(sql, .integer(chunk)) { _ in true } ?? false
        }
    }

    /// Compares objects with their digests, and trees with what they name; each chunk is known to be right by now.
    private mutating func checkObjects() throws {
        var last = Int.min
        while true {
            let batch = try store.withConnection { connection in
                try connection.rows(
                    """
                    SELECT id, digest, shape, size FROM object WHERE id > ? AND damaged = 0 AND length(digest) = 32
                    ORDER BY id LIMIT ?
                    """, .integer(last), .integer(Self.listedAtOnce)
                ) { row in (id: row.integer("id"), artifact: try ArtifactStore.artifact(row)) }
            }
            guard let end = batch.last?.id else { break }
            last = end
            for (id, artifact) in batch {
                let isRight =
                    try hasItsBytes(id, artifact) && (artifact.shape == .file || isWholeTree(id, artifact))
                // It may have been collected since it was listed.
                guard try !isRight && store.holds(artifact.digest) else { continue }
                try? store.markDamaged(artifact.digest)
                let name = "artifact \(artifact.digest.abbreviated)"
                report.records.append("\(name) is not what its digest says; it is made anew")
            }
        }
    }

    /// True if an object's chunks are, in their order, what its digest says.
    private func hasItsBytes(_ id: Int, _ artifact: Artifact) throws -> Bool {
        let chunks = try store.withConnection { connection in
            try connection.rows(
                """
                SELECT c.digest AS digest, c.size AS size FROM object_chunk x LEFT JOIN chunk c ON c.id = x.chunk
                WHERE x.object = ? ORDER BY x.position LIMIT 2
                """, .integer(id)
            ) { (digest: Digest(bytes: $0.blob("digest")), size: $0.integer("size")) }
        }
        // The usual case: nothing is to be read.
        if let only = chunks.first, chunks.count == 1 {
            return only.digest == artifact.digest && (artifact.shape == .tree || only.size == artifact.size)
        }
        do {
            try store.readChunks(of: artifact.digest) { _ in }
            return true
        } catch let error as StoreError where error.code == .damaged || error.code == .missing {
            return false
        }
    }

    /// True if a tree's manifest names what the database says it does, and its size is theirs.
    private func isWholeTree(_ id: Int, _ artifact: Artifact) throws -> Bool {
        let limit = TreeManifest.maximumBytes(entries: ArtifactStore.maximumEntries)
        let bytes: [UInt8]
        do {
            bytes = try store.bytes(of: artifact.digest, limit: limit)
        } catch let error as StoreError where error.code != .failed {
            return false
        }
        guard let manifest = TreeManifest(bytes: bytes) else { return false }
        let children = try store.withConnection { connection in
            try connection.rows(
                """
                SELECT o.digest AS digest, o.shape AS shape, o.size AS size
                FROM tree_entry e JOIN object o ON o.id = e.child WHERE e.tree = ?
                """, .integer(id)
            ) { try ArtifactStore.artifact($0) }
        }
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

    /// Drops the plain copies that are not what their names say; what the database lacks is left to the run that made it.
    private mutating func checkCopies() throws {
        for copy in store.workFolder.plainCopies() {
            guard let digest = copy.digest, try store.holds(digest),
                !store.copies.holds(digest, at: copy.path)
            else { continue }
            // Somebody else may have dropped it first.
            guard (try? FileSystem.removeFile(copy.path)) != nil else { continue }
            report.droppedCopies += 1
        }
    }
}
