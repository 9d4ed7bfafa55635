/// Merges of models that list tokens by rank instead of merges: two symbols merge where together they are a token.
enum SplitMerges {
    /// A token as its first symbols' lengths, and how early it merges.
    struct Token: Sendable {
        var bytes: [UInt8]
        var id: Int32
        var rank: UInt32
    }

    /// The table of every way to put every token together of two symbols.
    ///
    /// - Parameter symbol: the symbol that a part of a token is, or nil.
    /// - Parameter isBoundary: whether a token may be parted before the byte at an index.
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
