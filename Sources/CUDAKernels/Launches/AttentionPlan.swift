/// An attention layer, and the division of its sequences among blocks.
public struct AttentionPlan: Sendable {
    let headCount: Int
    let keyHeadCount: Int
    let headSize: Int
    let scale: Float
    let cap: Float?
    let window: Int?
    let queryRows: Int
    let tiles: AttentionTiles
    let usesTensorCores: Bool
    /// The number of tiles of queries, and of keys.
    let queryTileCount: Int
    let keyTileCount: Int
    private let spanCount: Int

    /// The tables for the kernels: spans, tiles of queries, tiles of keys. They depend only on the spans and the width of heads.
    public let tables: [Int32]

    /// - Parameters:
    ///   - cap: scores s become cap · tanh(s / cap).
    ///   - window: the maximum number of keys that a query attends to, including its own.
    ///   - spans: the rows of each sequence's queries, and of its keys.
    ///   - queryRows: the number of rows of the queries.
    ///   - usesTensorCores: false for the plain kernels, which are used for unusual widths of heads anyway.
    public init(
        headCount: Int, keyHeadCount: Int, headSize: Int, scale: Float, cap: Float?, window: Int?,
        spans: [(queries: Range<Int>, keys: Range<Int>)], queryRows: Int, usesTensorCores: Bool = true
    ) {
        precondition(
            keyHeadCount > 0 && headCount % keyHeadCount == 0, "key heads have groups of query heads")
        precondition(headSize > 0 && headSize <= 512, "a head is at most 512 wide")
        precondition(cap ?? 1 > 0 && window ?? 1 > 0 && scale > 0, "the numbers are positive")
        self.headCount = headCount
        self.keyHeadCount = keyHeadCount
        self.headSize = headSize
        self.scale = scale
        self.cap = cap
        self.window = window
        self.queryRows = queryRows
        let fast = usesTensorCores ? AttentionTiles.tensorCores(headSize: headSize) : nil
        self.usesTensorCores = fast != nil
        tiles = fast ?? .plain
        let queryTiles = Self.tiles(spans.map(\.queries.count), size: tiles.queries)
        let keyTiles = Self.tiles(spans.map(\.keys.count), size: tiles.keys)
        queryTileCount = queryTiles.count
        keyTileCount = keyTiles.count
        spanCount = spans.count
        // The last queries attend to the most keys, and the most queries attend to the first keys: those tiles come
        // first.
        tables =
            spans.flatMap { span in
                [span.queries.lowerBound, span.queries.count, span.keys.lowerBound, span.keys.count].map {
                    Int32($0)
                }
            }
            + queryTiles.sorted { ($1.first, $0.span) < ($0.first, $1.span) }.flatMap(\.numbers)
            + keyTiles.sorted { ($0.first, $0.span) < ($1.first, $1.span) }.flatMap(\.numbers)
    }

    private struct Tile {
        let span: Int
        let first: Int

        var numbers: [Int32] { [Int32(span), Int32(first)] }
    }

    private static func tiles(_ counts: [Int], size: Int) -> [Tile] {
        counts.enumerated().flatMap { span, count in
            stride(from: 0, to: count, by: size).map { Tile(span: span, first: $0) }
        }
    }

    /// The addresses of the tables' parts, and the other arguments that all kernels begin with.
    func arguments(tables: UInt64, places: UInt64, forKeys: Bool) -> [KernelArgument] {
        let numbers = 4 * spanCount + (forKeys ? 2 * queryTileCount : 0)
        return [
            .address(tables), .address(tables + UInt64(4 * numbers)), .address(places), .int(headCount),
            .int(headCount / keyHeadCount), .int(headSize), .float(scale), .float(cap ?? 0),
            .int(window ?? 0),
            .int(queryRows),
        ]
    }
}
