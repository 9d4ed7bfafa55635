/// Merges for models that list ranked tokens instead of merges: two symbols merge if together they form a token.
enum SplitMerges {
    /// A token as the lengths of its first symbols, and its rank.
    struct Token: Sendable {
        var bytes: [UInt8]
        var id: Int32
        var rank: UInt32
    }

    /// The table of all ways to form each token from two symbols.
    ///
    /// - Parameter symbol: the symbol for a part of a token, or nil.
    /// - Parameter isBoundary: whether a token may be split before the byte at an index.
    static func table(
        _ tokens: [Token], isBoundary: (UInt8) -> Bool, symbol: (Span<UInt8>, Range<Int>) -> Int32?
    ) -> MergeTable {
        var merges = MergeTable(minimumCapacity: tokens.count * 2)
        for token in tokens where token.bytes.count > 1 {
            let span = token.bytes.span
            for middle in 1..<token.bytes.count where isBoundary(token.bytes[middle]) {
                guard let left = symbol(span, 0..<middle), let right = symbol(span, middle..<span.count)
                else {
                    continue
                }
                merges.insert(left, right, value: MergeTable.value(rank: token.rank, result: token.id))
            }
        }
        return merges
    }
}
