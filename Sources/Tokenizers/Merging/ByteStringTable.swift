/// Maps byte strings to indices and back: both directions of the vocabulary, never through `String`.
struct ByteStringTable: Sendable {
    private var arena: [UInt8] = []
    private var ends: ContiguousArray<Int> = []
    /// Different in every process, so that no file can be crafted whose tokens all collide.
    private static let seed = UInt64.random(in: .min ... .max)
    /// The index of the string in each slot, plus 1; 0 if empty.
    private var slots = ContiguousArray<UInt32>(repeating: 0, count: 16)

    /// The number of strings, in order of insertion.
    var count: Int { ends.count }

    @inline(__always)
    func range(of index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    /// The string with an index.
    func bytes(of index: Int) -> [UInt8] { Array(arena[range(of: index)]) }

    /// Appends the string with an index to a buffer.
    func append(_ index: Int, to output: inout [UInt8]) { output.append(contentsOf: arena[range(of: index)]) }

    /// Adds a string and returns its index, or nil if it already exists.
    mutating func insert(_ string: [UInt8]) -> Int? {
        if index(of: string) != nil { return nil }
        if (count + 1) * 2 > slots.count { grow() }
        arena.append(contentsOf: string)
        ends.append(arena.count)
        place(count - 1)
        return count - 1
    }

    private mutating func grow() {
        slots = ContiguousArray(repeating: 0, count: slots.count * 2)
        for index in 0..<count { place(index) }
    }

    private mutating func place(_ index: Int) {
        var slot = Int(truncatingIfNeeded: Self.hash(arena.span, range(of: index))) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(index + 1)
    }

    /// The index of a string, or nil.
    func index(of string: [UInt8]) -> Int? { index(of: string.span, 0..<string.count) }

    /// The index of the bytes of `text` in `range`, or nil.
    func index(of text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        let slots = slots.span
        let arena = arena.span
        var slot = Int(truncatingIfNeeded: Self.hash(text, range)) & (slots.count - 1)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            let own = self.range(of: index)
            if own.count == range.count, Self.equal(arena, own.lowerBound, text, range) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    @inline(__always)
    private static func equal(
        _ arena: Span<UInt8>, _ start: Int, _ text: Span<UInt8>, _ range: Range<Int>
    ) -> Bool {
        for offset in 0..<range.count where arena[start + offset] != text[range.lowerBound + offset] {
            return false
        }
        return true
    }

    @inline(__always)
    private static func hash(_ text: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var hash = seed
        for index in range { hash = (hash ^ UInt64(text[index])) &* 0x9E37_79B9_7F4A_7C15 }
        return hash ^ hash >> 32
    }
}
