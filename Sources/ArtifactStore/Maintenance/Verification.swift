internal import SQLite

/// What a look at every byte of the store has found.
public struct VerificationReport: Sendable, Hashable {
    /// How many chunks were read.
    public var chunks = 0
    /// Their bytes after compression.
    public var bytes = 0
    /// How many chunks are not what their digest says.
    public var damagedChunks = 0
    /// What SQLite says of the database's own structure; empty if it is sound.
    public var structure: [String] = []
    /// Rows that cannot be, in words.
    public var records: [String] = []
    /// The artifacts that can no longer be read; the next run makes them anew.
    public var damaged: [ArtifactRecord] = []
    /// How many plain copies were not what their names say. They were removed; the store is as sound without them.
    public var droppedCopies = 0

    /// True if nothing is wrong.
    public var isSound: Bool {
        damagedChunks == 0 && structure.isEmpty && records.isEmpty && damaged.isEmpty
    }
}

extension ArtifactStore {
    /// Reads every chunk and every plain copy, compares them with their digests, and marks the artifacts that are not whole,
    /// so that the next run makes them anew. It takes no lock while it reads.
    ///
    /// - Parameter progress: is called now and then with the chunks read and the chunks in all.
    public func verify(
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> VerificationReport {
        var verifier = Verifier(store: self)
        return try verifier.verify(progress: progress)
    }

    /// The artifacts of stages, pins and logs that are known to be damaged.
    public func damagedArtifacts() throws -> [ArtifactRecord] {
        let digests = try withConnection { connection in
            try connection.rows(
                "SELECT digest FROM object WHERE damaged = 1 AND length(digest) = 32 ORDER BY id"
            ) {
                try $0.digest("digest", of: "an artifact")
            }
        }
        return try digests.map { try record(of: $0) }
    }
}
