/// Some queries of a span, and the keys that any of them attends to.
///
/// The scores of a block are one matrix, with a row per query and head of the group and a column per key. It is
/// discarded after use, so no matrix of all queries by all keys ever exists (after Rabe and Staats 2021, Dao et al.
/// 2022).
struct AttentionBlock {
    /// The number of queries in a block.
    static let queryCount = 64

    let shape: AttentionShape
    /// The rows of the queries.
    let queries: Range<Int>
    /// Their positions among the span's keys.
    let places: ArraySlice<Int>
    /// The rows of the keys that some of them attend to.
    let keys: Range<Int>
    /// The position of the first of these keys.
    let firstPlace: Int

    /// Block number `index` of a span.
    init(_ index: Int, of span: AttentionSpan, _ shape: AttentionShape) {
        self.shape = shape
        let first = index * Self.queryCount
        let last = min(first + Self.queryCount, span.queries.count)
        queries = span.queries.lowerBound + first..<span.queries.lowerBound + last
        places = span.places[first..<last]
        firstPlace = shape.window.map { max(0, span.places[first] - $0 + 1) } ?? 0
        keys = span.keys.lowerBound + firstPlace..<span.keys.lowerBound + span.places[last - 1] + 1
    }

    /// The number of blocks in a span.
    static func count(of span: AttentionSpan) -> Int {
        (span.queries.count + queryCount - 1) / queryCount
    }

    /// The number of rows of the scores.
    var rowCount: Int { shape.group * queries.count }

    /// The columns of the scores that a query attends to.
    func visible(_ query: Int) -> Range<Int> {
        let place = places[places.startIndex + query]
        let first = shape.window.map { max(0, place - $0 + 1) } ?? 0
        return first - firstPlace..<place - firstPlace + 1
    }

    /// Copies the group's heads of the block's rows, scaled; one row per head and query.
    func pack(_ x: Matrix, keyHead: Int, scale: Float, into packed: Matrix) {
        let size = shape.headSize
        for head in 0..<shape.group {
            for query in 0..<queries.count {
                // The columns of a head are within the row.
                let source =
                    x.base + (queries.lowerBound + query) * x.columnCount
                    + (keyHead * shape.group + head) * size
                let target = packed.base + (head * queries.count + query) * size
                for index in 0..<size { target[index] = source[index] * scale }
            }
        }
    }

    /// Copies back what `pack` copied, or a matrix of the same shape.
    func unpack(_ packed: Matrix, keyHead: Int, scale: Float, into x: Matrix) {
        let size = shape.headSize
        for head in 0..<shape.group {
            for query in 0..<queries.count {
                // The columns of a head are within the row.
                let target =
                    x.base + (queries.lowerBound + query) * x.columnCount
                    + (keyHead * shape.group + head) * size
                let source = packed.base + (head * queries.count + query) * size
                for index in 0..<size { target[index] = source[index] * scale }
            }
        }
    }

    /// scores ← packed queries · keysᵀ.
    func score(
        _ packed: Matrix, _ keysValues: Matrix, keyHead: Int, values: Bool = false, into scores: Matrix,
        by product: MatrixProduct
    ) {
        let column = keyHead * shape.headSize + (values ? shape.keyWidth : 0)
        // The rows and columns of keys and values exist; `scores` has room for every key.
        product.multiply(
            rows: rowCount, columns: keys.count, inner: shape.headSize,
            .init(packed.base, stride: shape.headSize),
            .init(
                keysValues.base + keys.lowerBound * keysValues.columnCount + column,
                stride: keysValues.columnCount, transposed: true),
            into: scores.base, stride: scores.columnCount)
    }
}
