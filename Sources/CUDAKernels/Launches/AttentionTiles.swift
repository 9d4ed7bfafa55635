/// The sizes of the tiles that an attention kernel works on: the template arguments in attention_tiles_kernels.cu.
struct AttentionTiles: Hashable {
    /// The queries of a tile, forward and backward.
    let queries: Int
    /// The keys of a tile in the backward pass for keys and values.
    let keys: Int
    /// The keys processed at a time for a tile of queries, forward and backward.
    let passingKeys: Int
    let backwardKeys: Int
    /// The queries processed at a time for a tile of keys.
    let passingQueries: Int

    /// Tiles for tensor cores, for heads of a width for which there are kernels.
    static func tensorCores(headSize: Int) -> AttentionTiles? {
        switch headSize {
        case 64: AttentionTiles(queries: 64, keys: 64, passingKeys: 64, backwardKeys: 64, passingQueries: 64)
        case 128: AttentionTiles(queries: 64, keys: 64, passingKeys: 64, backwardKeys: 64, passingQueries: 32)
        case 256: AttentionTiles(queries: 64, keys: 64, passingKeys: 64, backwardKeys: 32, passingQueries: 32)
        default: nil
        }
    }

    /// The plain kernels' tiles: a warp has a query or a key.
    static let plain = AttentionTiles(queries: 8, keys: 8, passingKeys: 0, backwardKeys: 0, passingQueries: 0)

    /// The shared memory for tiles of queries and of keys and values, with two bytes per number.
    func forwardBytes(_ size: Int) -> Int { (queries + 2 * passingKeys) * size * 2 }
    func queriesBytes(_ size: Int) -> Int { (2 * queries + 3 * backwardKeys) * size * 2 }
    /// The same, plus a weight per key and query, and three numbers per query, twice.
    func keysBytes(_ size: Int) -> Int {
        (2 * keys + 4 * passingQueries) * size * 2 + keys * passingQueries * 4 + 6 * passingQueries * 4
    }
}
