extension Span where Element == UInt8 {
    /// The eight bytes from a position on as an integer, the first byte lowest; there must be eight.
    @inlinable
    @inline(__always)
    package func integer(at position: Int) -> UInt64 {
        precondition(position >= 0 && position <= count &- 8, "eight bytes are loaded outside a span")
        // Inside the span, as was checked, and any eight bytes are an integer.
        return UInt64(
            littleEndian: unsafe bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: position, as: UInt64.self))
    }

    /// Two such integers; there must be sixteen bytes.
    @inlinable
    @inline(__always)
    package func integers(at position: Int) -> (low: UInt64, high: UInt64) {
        precondition(position >= 0 && position <= count &- 16, "sixteen bytes are loaded outside a span")
        // Inside the span, as was checked, and any eight bytes are an integer.
        let low = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
        let high = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position &+ 8, as: UInt64.self)
        return (UInt64(littleEndian: low), UInt64(littleEndian: high))
    }
}
