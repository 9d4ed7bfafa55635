public import CProcessor

/// The bytes of the kinds that text is split by: ASCII letters and digits, spaces, white space (with spaces and newlines), newlines,
/// apostrophes, and what is not ASCII.
@usableFromInline
package typealias ByteKinds = (
    letters: UInt64, digits: UInt64, spaces: UInt64, whiteSpace: UInt64, newlines: UInt64,
    apostrophes: UInt64,
    long: UInt64
)

/// Which of the 64 bytes from a position on have a property: a bit for each, the first byte's the lowest. There must be 64 bytes.
extension Span where Element == UInt8 {
    /// The bytes that are `byte`.
    @inlinable
    @inline(__always)
    package func bits(at position: Int, equalTo byte: UInt8) -> UInt64 {
        // Inside the span, as is checked first.
        unsafe withSixtyFourBytes(at: position) { unsafe bytes_equal($0, byte) }
    }

    /// The bytes from `first` to `last`.
    @inlinable
    @inline(__always)
    package func bits(at position: Int, from first: UInt8, to last: UInt8) -> UInt64 {
        // Inside the span, as is checked first.
        unsafe withSixtyFourBytes(at: position) { unsafe bytes_within($0, first, last) }
    }

    /// The place of the first byte in a range that is not below a byte; the range's end if there is none.
    @inlinable
    package func firstByte(notBelow byte: UInt8, in range: Range<Int>) -> Int {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count, "bytes are looked for outside a span")
        if range.isEmpty { return range.upperBound }
        // Inside the span, as was checked; there is an address if there are bytes.
        let below = unsafe withUnsafeBytes {
            unsafe first_not_below($0.baseAddress.unsafelyUnwrapped + range.lowerBound, range.count, byte)
        }
        return range.lowerBound + below
    }

    /// The bytes of each kind.
    @inlinable
    @inline(__always)
    package func kindBits(at position: Int) -> ByteKinds {
        // Inside the span, as is checked first.
        let kinds = unsafe withSixtyFourBytes(at: position) { unsafe kinds_of_bytes($0) }
        return (
            kinds.letters, kinds.digits, kinds.spaces, kinds.white_space, kinds.newlines, kinds.apostrophes,
            kinds.others
        )
    }

    @inlinable
    @inline(__always)
    func withSixtyFourBytes<Result>(at position: Int, _ body: (UnsafeRawPointer) -> Result) -> Result {
        precondition(position >= 0 && position <= count &- 64, "64 bytes are looked at outside a span")
        // There is an address if there are bytes.
        return unsafe withUnsafeBytes { unsafe body($0.baseAddress.unsafelyUnwrapped + position) }
    }
}

extension UInt64 {
    /// The bits of the first `count` bytes of an integer, the lowest being first; all for more than 8, none for less than 1. The count
    /// is from -8 to 23.
    @inlinable
    @inline(__always)
    package static func firstBytes(_ count: Int) -> UInt64 { first_bytes(count) }
}
