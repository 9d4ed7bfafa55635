internal import Texts

/// Cuts text that no pre-tokenizer splits at places that no merge can cross: between two scalars that no token joins.
///
/// Merging word by word is then equivalent to merging the whole text, and words can be cached. Only likely places are
/// considered: before spaces, visible spaces and control characters, and before scalars from U+3000 on.
struct WordCutter: WordSplitter, Sendable {
    private var joins = MergeTable()
    /// The ASCII characters that a token joins with a visible space after them.
    private var joinsVisibleSpace = ContiguousArray(repeating: false, count: 128)

    /// Records the scalars that a token (valid UTF-8) joins.
    mutating func note(_ token: [UInt8]) {
        let span = token.span
        var position = 0
        var before: UInt32?
        while position < token.count {
            let (scalar, length) = span.scalar(at: position)
            if let before { note(before, scalar) }
            before = scalar
            position += length
        }
    }

    /// Records two scalars that a merge joins.
    mutating func note(_ before: UInt32, _ after: UInt32) {
        guard Self.isCandidate(after) else { return }
        joins.insert(Int32(before), Int32(after), value: 0)
        if after == Self.visibleSpace, before < 128 { joinsVisibleSpace[Int(before)] = true }
    }

    private static let visibleSpace: UInt32 = 0x2581

    @inline(__always)
    private static func isCandidate(_ scalar: UInt32) -> Bool {
        scalar <= 0x20 || scalar == visibleSpace || scalar >= 0x3000
    }

    /// The end of the word that starts at `start`.
    func wordEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var position = start + 1
        while position < end {
            let byte = text[position]
            if byte > 0x20 && byte < 0xE2 || byte == 0xE2 && text[position + 1] != 0x96 {
                position += 1
                continue
            }
            let (scalar, length) = text.scalar(at: position)
            if cuts(text, position, scalar) { return position }
            position += length
        }
        return end
    }

    @inline(__always)
    func starts(_ text: Span<UInt8>, _ position: Int, _ count: Int) -> UInt64 {
        let candidates =
            text.bits(at: position, from: 0, to: 0x20) | text.bits(at: position, from: 0xE2, to: 0xFF)
        var left = candidates & TextWindow.first(count) & ~1
        var starts = 1 | TextWindow.end(count)
        while left != 0 {
            let index = left.trailingZeroBitCount
            left &= left &- 1
            let (scalar, _) = text.scalar(at: position &+ index)
            if cuts(text, position &+ index, scalar) {
                starts |= 1 &<< UInt64(truncatingIfNeeded: index)
            }
        }
        return starts
    }

    /// Whether words are cut before the scalar at `position`.
    @inline(__always)
    private func cuts(_ text: Span<UInt8>, _ position: Int, _ scalar: UInt32) -> Bool {
        guard Self.isCandidate(scalar) else { return false }
        if scalar == Self.visibleSpace, text[position &- 1] < 0x80 {
            return !joinsVisibleSpace[Int(text[position &- 1])]
        }
        let before = text.scalar(before: position).value
        return joins.value(Int32(before), Int32(scalar)) == MergeTable.absent
    }
}
