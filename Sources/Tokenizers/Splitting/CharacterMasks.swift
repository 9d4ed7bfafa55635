internal import Texts

/// Which bytes of a window are of characters that split patterns tell apart: a bit for each, the first byte's the lowest. Every byte
/// of a character has the character's bit.
struct CharacterMasks {
    private(set) var letters: UInt64
    private(set) var numbers: UInt64
    private(set) var whiteSpace: UInt64
    let newlines: UInt64
    let spaces: UInt64
    let apostrophes: UInt64
    /// The bytes of characters behind their first ones.
    private(set) var continuations: UInt64 = 0
    /// The numbers that are not ASCII.
    private(set) var longNumbers: UInt64 = 0
    /// The bytes that there are.
    private let all: UInt64

    /// The characters of the window of `count` bytes at `position`, where a character starts.
    @inline(__always)
    init(_ text: Span<UInt8>, _ position: Int, _ count: Int, _ classes: ScalarClasses) {
        all = TextWindow.first(count)
        let kinds = text.kindBits(at: position)
        letters = kinds.letters & all
        numbers = kinds.digits & all
        spaces = kinds.spaces & all
        whiteSpace = kinds.whiteSpace & all
        newlines = kinds.newlines & all
        apostrophes = kinds.apostrophes & all
        let long = kinds.long & all
        if long != 0 { addLongCharacters(long, text, position, classes) }
    }

    /// The characters that are neither letters nor numbers nor white space.
    @inline(__always)
    var others: UInt64 { all & ~(letters | numbers | whiteSpace) }

    /// Adds the characters of more than one byte; `long`: their bytes.
    @inline(never)
    private mutating func addLongCharacters(
        _ long: UInt64, _ text: Span<UInt8>, _ position: Int, _ classes: ScalarClasses
    ) {
        continuations = text.bits(at: position, from: 0x80, to: 0xBF) & all
        var left = long & ~continuations
        while left != 0 {
            let index = left.trailingZeroBitCount
            left &= left &- 1
            let (scalar, length) = text.scalar(at: position &+ index)
            let bytes = (UInt64(1) << UInt64(length) &- 1) << UInt64(index)
            switch classes[scalar] {
            case ScalarClasses.letter: letters |= bytes
            case ScalarClasses.number: longNumbers |= bytes
            case ScalarClasses.space: whiteSpace |= bytes
            default: break
            }
        }
        longNumbers &= all
        numbers |= longNumbers
    }

    /// The first bytes of characters whose last bytes these are.
    @inline(__always)
    func firstBytes(ofLast last: UInt64) -> UInt64 {
        if continuations == 0 { return last }
        var bytes = last
        for _ in 0..<3 { bytes |= (bytes & continuations) >> 1 }
        return bytes & ~continuations
    }

    /// The last bytes of characters whose first bytes these are.
    @inline(__always)
    func lastBytes(ofFirst first: UInt64) -> UInt64 {
        if continuations == 0 { return first }
        var bytes = first
        for _ in 0..<3 { bytes |= bytes << 1 & continuations }
        return bytes & ~(continuations >> 1)
    }
}
