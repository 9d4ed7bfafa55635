/// The result of reading every byte of the store.
public struct VerificationReport: Sendable, Hashable {
    /// How many chunks were read.
    public var chunks = 0
    /// Their bytes after compression.
    public var bytes = 0
    /// The number of chunks that do not match their digests.
    public var damagedChunks = 0
    /// What SQLite reports about the database's structure; empty if it is sound.
    public var structure: [String] = []
    /// Descriptions of impossible rows.
    public var records: [String] = []
    /// The artifacts that can no longer be read; the next run recomputes them.
    public var damaged: [ArtifactRecord] = []
    /// The number of plain copies that did not match their digests. They were removed, which harms nothing.
    public var droppedCopies = 0

    /// The report on an empty store.
    public init() {}

    /// True if nothing is wrong.
    public var isSound: Bool {
        damagedChunks == 0 && structure.isEmpty && records.isEmpty && damaged.isEmpty
    }
}
