public import Digests

/// What a collection may free.
///
/// Kept in any case: what is pinned, and what the last runs of each pipeline made or found. Of the rest, `unusedFor` frees
/// what no run has made or found for so long, and `toSize` frees more, what was unused for longest first, until the store is
/// small enough. With neither, all of the rest goes.
public struct CollectionPolicy: Sendable, Hashable {
    /// How many of each pipeline's successful runs are kept, with all runs since.
    public var keepRuns: Int
    /// Seconds for which nothing may have used what goes.
    public var unusedFor: Double?
    /// The bytes of chunks that the store may keep.
    public var toSize: Int?

    /// The last five runs are kept, and all else goes, unless said otherwise.
    public init(keepRuns: Int = 5, unusedFor: Double? = nil, toSize: Int? = nil) {
        self.keepRuns = keepRuns
        self.unusedFor = unusedFor
        self.toSize = toSize
    }
}

/// What a collection freed, or would free.
public struct CollectionReport: Sendable, Hashable {
    /// One result that goes.
    public struct Item: Sendable, Hashable {
        /// The stages that it was the result of, as `pipeline:stage`, as far as runs are on record.
        public let stages: [String]
        /// The kind's name, or `run`.
        public let kind: String
        /// The outputs, by name.
        public let outputs: [String: Digest]
        /// The outputs' bytes.
        public let size: Int
        /// The bytes that its going frees in the store; what others share is not among them.
        public let freed: Int
        /// When a run last made it or found it, in seconds since 1970.
        public let used: Double
    }

    /// The results that go, the longest unused first.
    public var items: [Item] = []
    /// How many artifacts, logs and parts of trees go.
    public var objects = 0
    /// How many chunks go, those of unfinished writing included.
    public var chunks = 0
    /// Their bytes in the store.
    public var freed = 0
    /// The bytes of plain copies that go.
    public var freedWork = 0
    /// How many results stay.
    public var kept = 0
    /// The bytes of chunks that stay.
    public var remaining = 0
    /// The runs that are under way, in words; while there are any, nothing is freed, because they may need it.
    public var activeRuns: [String] = []
}
