internal import Texts

/// Sixteen bytes of a text as two integers, the first byte lowest, which a loop examines in one step.
struct SixteenBytes: Sendable {
    let low: UInt64
    let high: UInt64

    /// The bytes from `start` on; there must be 16.
    @inline(__always)
    init(_ text: Span<UInt8>, _ start: Int) { (low, high) = text.integers(at: start) }

    /// The bytes of `start..<end`, at most the first 16, and zeros.
    @inline(__always)
    init(_ text: Span<UInt8>, _ start: Int, upTo end: Int) {
        let all: UInt128
        if start + 16 <= text.count {
            all = SixteenBytes(text, start).integer
        } else if text.count >= 16 {
            // The last 16 bytes, of which some are before the start.
            all =
                SixteenBytes(text, text.count - 16).integer
                >> UInt128(truncatingIfNeeded: 8 &* (start &+ 16 &- text.count))
        } else {
            all = (start..<text.count).reduce(0) { $0 | UInt128(text[$1]) << UInt128(8 * ($1 - start)) }
        }
        let kept = all & ~(UInt128.max << UInt128(truncatingIfNeeded: 8 &* (end &- start)))
        self.init(low: UInt64(truncatingIfNeeded: kept), high: UInt64(truncatingIfNeeded: kept >> 64))
    }

    @inline(__always)
    private var integer: UInt128 { UInt128(high) << 64 | UInt128(low) }

    @inline(__always)
    private init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

    /// The bytes from `index` on, 0 to 15, of which there are at least 3 if the index is at most 13.
    @inline(__always)
    func from(_ index: Int) -> UInt64 {
        let bits = UInt64(truncatingIfNeeded: index) &* 8
        let across = low &>> bits | (high &<< 1) &<< (63 &- bits)
        let inHigh = high &>> bits
        return index < 8 ? across : inHigh
    }

    /// The place of the first byte, after the one at 0, that is at most 0x20 or at least 0xE2; 16 if there is none.
    @inline(__always)
    var firstCut: Int {
        let inLow = (Self.cuts(low) & ~0x80).trailingZeroBitCount >> 3
        return inLow < 8 ? inLow : 8 + Self.cuts(high).trailingZeroBitCount >> 3
    }

    /// The highest bit of each of these bytes.
    @inline(__always)
    private static func cuts(_ bytes: UInt64) -> UInt64 {
        let lower = bytes & every(0x7F)
        let isVisible = lower &+ every(0x80 - 0x21)
        let isLate = lower &+ every(0x80 - 0x62)
        return (~bytes & ~isVisible | bytes & isLate) & every(0x80)
    }

    /// The highest bit of each byte that is not an ASCII letter.
    @inline(__always)
    var others: (low: UInt64, high: UInt64) { (Self.others(low), Self.others(high)) }

    /// Adding carries into a byte's highest bit from a letter's place in the alphabet on; folding the case leaves one alphabet.
    @inline(__always)
    private static func others(_ bytes: UInt64) -> UInt64 {
        let folded = (bytes | every(0x20)) & every(0x7F)
        let fromA = folded &+ every(0x80 - UInt8(ascii: "a"))
        let beyondZ = folded &+ every(0x7F - UInt8(ascii: "z"))
        return ~(fromA & ~beyondZ & ~bytes) & every(0x80)
    }

    /// Whether one of the bytes is the one that an integer repeats eight times.
    @inline(__always)
    func contains(_ repeated: UInt64) -> Bool {
        // An equal byte becomes 0, and subtracting 1 from 0 sets the highest bit.
        let (low, high) = (low ^ repeated, high ^ repeated)
        let ones = Self.every(1)
        return ((low &- ones) & ~low | (high &- ones) & ~high) & Self.every(0x80) != 0
    }

    /// The bits of the first `count` of eight bytes; all if there are more, none if there are less than one.
    @inline(__always)
    static func first(_ count: Int) -> UInt64 {
        // Without branches, which could not be predicted.
        let bits = Int64(truncatingIfNeeded: count) &* 8
        let isAll = UInt64(bitPattern: (63 &- bits) &>> 63)
        let isAny = UInt64(bitPattern: (0 &- bits) &>> 63)
        return isAll | ~(UInt64.max &<< UInt64(bitPattern: bits)) & isAny
    }

    /// Whether all of them are ASCII characters.
    @inline(__always)
    var areASCII: Bool { (low | high) & Self.every(0x80) == 0 }

    /// A byte eight times.
    @inline(__always)
    static func every(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }
}
