/// Cuts text that no pre-tokenizer splits at places that no merge can cross: between two scalars that no token joins.
///
/// Merging word by word is then equivalent to merging the whole text, and words can be cached. Only likely places are
/// considered: before spaces, visible spaces and control characters, and before scalars from U+3000 on.
struct WordCutter: WordSplitter {
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
    @inline(__always)
    func wordEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var position = start + 1
        while position < end {
            let byte = text[position]
            if byte > 0x20 && byte < 0xE2 || byte == 0xE2 && text[position + 1] != 0x96 {
                position += 1
                continue
            }
            let (scalar, length) = text.scalar(at: position)
            if Self.isCandidate(scalar) {
                let before = text.scalar(before: position).value
                if joins.value(Int32(before), Int32(scalar)) == MergeTable.absent { return position }
            }
            position += length
        }
        return end
    }

    /// A word up to a visible space that no token joins to the ASCII character before it.
    @inline(__always)
    func glance(_ bytes: SixteenBytes) -> Int {
        let length = bytes.firstCut
        guard length < 14 else { return 0 }
        // The character before the cut, and the three bytes after it.
        let window = UInt32(truncatingIfNeeded: bytes.from(length - 1))
        return window & 0xFFFF_FF80 == 0x8196_E200 && !joinsVisibleSpace[Int(window & 0x7F)] ? length : 0
    }
}
