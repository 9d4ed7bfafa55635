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
