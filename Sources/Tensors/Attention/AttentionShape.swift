/// The heads of an attention layer, and how its scores become weights.
public struct AttentionShape: Sendable, Hashable {
    /// The number of query heads.
    public let headCount: Int
    /// The number of key and value heads; query head h uses number h · keyHeadCount / headCount.
    public let keyHeadCount: Int
    /// The width of a head.
    public let headSize: Int
    /// The factor for q·k.
    public let scale: Float
    /// Scores s become cap · tanh(s / cap).
    public let cap: Float?
    /// The number of keys that a query attends to at most, including its own.
    public let window: Int?

    /// A shape from its parts.
    public init(
        headCount: Int, keyHeadCount: Int, headSize: Int, scale: Float, cap: Float? = nil, window: Int? = nil
    ) {
        precondition(
            keyHeadCount > 0 && headCount % keyHeadCount == 0,
            "the number of key heads divides that of query heads")
        precondition(headSize > 0 && window ?? 1 > 0, "a head has a width, and a query attends to itself")
        self.headCount = headCount
        self.keyHeadCount = keyHeadCount
        self.headSize = headSize
        self.scale = scale
        self.cap = cap
        self.window = window
    }

    /// The number of query heads per key head.
    package var group: Int { headCount / keyHeadCount }
    /// The number of columns of the queries and of the output.
    public var queryWidth: Int { headCount * headSize }
    /// The number of columns of the keys, and of the values.
    public var keyWidth: Int { keyHeadCount * headSize }
}

/// A sequence in an attention operation: the rows of its queries and of its keys.
public struct AttentionSpan: Sendable, Hashable {
    /// Its rows among the queries.
    public let queries: Range<Int>
    /// Its rows among the keys and values. Spans do not overlap.
    public let keys: Range<Int>
    /// The position of each query among the sequence's keys, ascending; it attends to the keys up to there.
    public let places: [Int]

    /// A span from its parts.
    public init(queries: Range<Int>, keys: Range<Int>, places: [Int]) {
        precondition(places.count == queries.count, "each query has a position")
        precondition(places.allSatisfy { $0 >= 0 && $0 < keys.count }, "the positions exist")
        precondition(zip(places, places.dropFirst()).allSatisfy { $0 < $1 }, "positions ascend")
        self.queries = queries
        self.keys = keys
        self.places = places
    }
}
