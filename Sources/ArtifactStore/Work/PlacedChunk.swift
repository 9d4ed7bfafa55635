/// A chunk of an object, and its place in the object's content.
struct PlacedChunk: Sendable, Hashable {
    let id: Int
    let range: Range<Int>

    /// The chunks of an object that another object does not have at the same place. Both lists are in order.
    static func changes(from old: [PlacedChunk], to new: [PlacedChunk]) -> [PlacedChunk] {
        var changes: [PlacedChunk] = []
        var rest = old[...]
        for chunk in new {
            while let first = rest.first, first.range.lowerBound < chunk.range.lowerBound {
                rest.removeFirst()
            }
            if rest.first != chunk { changes.append(chunk) }
        }
        return changes
    }
}
