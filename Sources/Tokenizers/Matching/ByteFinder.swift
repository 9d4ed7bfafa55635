internal import Texts

/// Finds the next byte that is one of a few.
struct ByteFinder: Sendable {
    private let isWanted: ContiguousArray<Bool>
    /// The wanted bytes if there are few, the first one lowest: no array, whose references threads would count.
    private let wanted: UInt32
    private let count: Int
    private static let few = 4

    init(_ bytes: Set<UInt8>) {
        isWanted = ContiguousArray((0...UInt8.max).map { bytes.contains($0) })
        count = bytes.count
        wanted = count <= Self.few ? bytes.sorted().reversed().reduce(0) { $0 << 8 | UInt32($1) } : 0
    }

    func contains(_ byte: UInt8) -> Bool { isWanted[Int(byte)] }

    /// The place of the first wanted byte in a range of a text.
    func first(in text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        if count == 0 { return nil }
        if count <= Self.few { return Self.first(wanted, count, in: text, range) }
        let isWanted = isWanted.span
        var position = range.lowerBound
        while position < range.upperBound {
            if isWanted[Int(text[position])] { return position }
            position &+= 1
        }
        return nil
    }

    private static func first(_ wanted: UInt32, _ count: Int, in text: Span<UInt8>, _ range: Range<Int>)
        -> Int?
    {
        var position = range.lowerBound
        while position < range.upperBound {
            var found: UInt64 = 0
            // Near the text's end, the last 64 bytes, of which some are before the position; or a copy.
            let from = text.count < 64 ? position : min(position, text.count &- 64)
            if text.count < 64 {
                let copy = text.eightyBytes(at: position)
                found = bits(wanted, count, of: copy.span, at: 0)
            } else {
                found =
                    bits(wanted, count, of: text, at: from) &>> UInt64(truncatingIfNeeded: position &- from)
            }
            if found != 0 {
                let place = position &+ found.trailingZeroBitCount
                return place < range.upperBound ? place : nil
            }
            position = from &+ 64
        }
        return nil
    }

    @inline(__always)
    private static func bits(_ wanted: UInt32, _ count: Int, of text: Span<UInt8>, at position: Int) -> UInt64
    {
        var found: UInt64 = 0
        var left = wanted
        for _ in 0..<count {
            found |= text.bits(at: position, equalTo: UInt8(truncatingIfNeeded: left))
            left &>>= 8
        }
        return found
    }
}
