public import Digests

/// What a collection may free.
///
/// Pinned artifacts, and those that the last runs of each pipeline produced or reused, are always kept. Of the rest,
/// `unusedFor` frees whatever no run has produced or reused for that long, and `toSize` frees more, longest unused first, until
/// the store is small enough. With neither, all of the rest is freed.
public struct CollectionPolicy: Sendable, Hashable {
    /// How many of each pipeline's successful runs are kept, along with all later runs.
    public var keepRuns: Int
    /// The minimum number of seconds without use before something is freed.
    public var unusedFor: Double?
    /// The bytes of chunks that may remain in the store.
    public var toSize: Int?

    /// By default, the last five runs are kept and everything else is freed.
    public init(keepRuns: Int = 5, unusedFor: Double? = nil, toSize: Int? = nil) {
        self.keepRuns = keepRuns
        self.unusedFor = unusedFor
        self.toSize = toSize
    }
}

/// What a collection freed, or would free.
public struct CollectionReport: Sendable, Hashable {
    /// One collected result.
    public struct Item: Sendable, Hashable {
        /// The stages whose result it was, as `pipeline:stage`, as far as runs are on record.
        public let stages: [String]
        /// The kind's name, or `run`.
        public let kind: String
        /// The outputs, by name.
        public let outputs: [String: Digest]
        /// The outputs' bytes.
        public let size: Int
        /// The bytes that collecting it frees in the store, without those shared with other results.
        public let freed: Int
        /// When a run last produced or reused it, in seconds since 1970.
        public let used: Double
    }

    /// The collected results, longest unused first.
    public var items: [Item] = []
    /// The number of collected artifacts, logs and parts of trees.
    public var objects = 0
    /// The number of collected chunks, including those of unfinished writes.
    public var chunks = 0
    /// Their bytes in the store.
    public var freed = 0
    /// The bytes of the removed plain copies.
    public var freedWork = 0
    /// The number of remaining results.
    public var kept = 0
    /// The bytes of the remaining chunks.
    public var remaining = 0
    /// Descriptions of the active runs; while there are any, nothing is freed, because they may need it.
    public var activeRuns: [String] = []
    /// True if a run began before all of it was freed; the next collection frees the rest.
    public var isPartial = false

    /// The report on an empty store.
    public init() {}
}
