internal import Texts

/// Finds the next byte that is one of a few.
struct ByteFinder: Sendable {
    private let isWanted: ContiguousArray<Bool>
    /// The wanted bytes, if there are few.
    private let wanted: ContiguousArray<UInt8>
    private let count: Int
    private static let few = 4

    init(_ bytes: Set<UInt8>) {
        isWanted = ContiguousArray((0...UInt8.max).map { bytes.contains($0) })
        count = bytes.count
        wanted = ContiguousArray(count <= Self.few ? bytes.sorted() : [])
    }

    func contains(_ byte: UInt8) -> Bool { isWanted[Int(byte)] }

    /// The place of the first wanted byte in a range of a text.
    func first(in text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        if count == 0 { return nil }
        var position = range.lowerBound
        if count <= Self.few, text.count >= 64 {
            let wanted = wanted.span
            while position < range.upperBound {
                // Near the text's end, the last 64 bytes, of which some are before the position.
                let from = min(position, text.count &- 64)
                var found: UInt64 = 0
                for index in wanted.indices { found |= text.bits(at: from, equalTo: wanted[index]) }
                found &>>= UInt64(truncatingIfNeeded: position &- from)
                if found != 0 {
                    let place = position &+ found.trailingZeroBitCount
                    return place < range.upperBound ? place : nil
                }
                position = from &+ 64
            }
            return nil
        }
        let isWanted = isWanted.span
        while position < range.upperBound {
            if isWanted[Int(text[position])] { return position }
            position &+= 1
        }
        return nil
    }
}
