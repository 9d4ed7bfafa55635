/// The heads of an attention, and how its scores become weights.
public struct AttentionShape: Sendable, Hashable {
    /// Query heads.
    public let headCount: Int
    /// Key and value heads; query head h uses number h · keyHeadCount / headCount.
    public let keyHeadCount: Int
    /// The width of a head.
    public let headSize: Int
    /// What q·k is multiplied with.
    public let scale: Float
    /// Scores s become cap · tanh(s / cap).
    public let cap: Float?
    /// How many keys a query sees at most, its own included.
    public let window: Int?

    /// A shape of its parts.
    public init(
        headCount: Int, keyHeadCount: Int, headSize: Int, scale: Float, cap: Float? = nil, window: Int? = nil
    ) {
        precondition(keyHeadCount > 0 && headCount % keyHeadCount == 0, "key heads divide query heads")
        precondition(headSize > 0 && window ?? 1 > 0, "a head has a width, and a query sees itself")
        self.headCount = headCount
        self.keyHeadCount = keyHeadCount
        self.headSize = headSize
        self.scale = scale
        self.cap = cap
        self.window = window
    }

    /// Query heads per key head.
    var group: Int { headCount / keyHeadCount }
    /// Columns of the queries, and of the output.
    public var queryWidth: Int { headCount * headSize }
    /// Columns of the keys, and of the values.
    public var keyWidth: Int { keyHeadCount * headSize }
}

/// A sequence in an attention: which rows are its queries, and which its keys.
public struct AttentionSpan: Sendable, Hashable {
    /// Its rows among the queries.
    public let queries: Range<Int>
    /// Its rows among keys and values. No two spans share one.
    public let keys: Range<Int>
    /// The place of each query among the sequence's keys, ascending; it sees the keys up to there.
    public let places: [Int]

    /// A span of its parts.
    public init(queries: Range<Int>, keys: Range<Int>, places: [Int]) {
        precondition(places.count == queries.count, "each query has a place")
        precondition(places.allSatisfy { $0 >= 0 && $0 < keys.count }, "the places exist")
        precondition(zip(places, places.dropFirst()).allSatisfy { $0 < $1 }, "places ascend")
        self.queries = queries
        self.keys = keys
        self.places = places
    }
}
