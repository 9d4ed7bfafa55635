/// Which turns of a conversation a model reads: the longest run of last turns that fits.
///
/// Turns are taken from the last one backwards while the sum of their lengths stays within the limit; the last turn
/// is always taken. This keeps the last row of the back-to-front format; rows of earlier turns are not used.
enum TurnPacking: Sendable {
    /// The result for one conversation.
    struct Choice: Sendable, Hashable {
        /// The turns kept, a suffix of all turns.
        var kept: Range<Int>
        /// True where the only turn kept is too long by itself.
        var isOverflow: Bool
    }

    /// The choice for turns of given lengths, which must not be empty.
    static func choose(lengths: [Double], limit: Double) -> Choice {
        precondition(!lengths.isEmpty, "a conversation has turns")
        var first = lengths.count - 1
        var running = lengths[first]
        while first > 0, running + lengths[first - 1] <= limit {
            first -= 1
            running += lengths[first]
        }
        let isOverflow = first == lengths.count - 1 && running > limit
        return Choice(kept: first..<lengths.count, isOverflow: isOverflow)
    }
}
