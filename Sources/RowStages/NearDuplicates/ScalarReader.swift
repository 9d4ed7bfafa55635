/// Reads the scalars of UTF-8 bytes; an invalid byte is read as U+FFFD.
struct ScalarReader: Sendable {
    /// The scalar at `index`, which is advanced past it.
    ///
    /// - Parameter index: less than `bytes.count`.
    @inline(__always)
    static func next(_ bytes: Span<UInt8>, _ index: inout Int) -> UInt32 {
        let first = UInt32(bytes[index])
        index &+= 1
        if first < 0x80 { return first }
        let length = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC2 ? 1 : 0
        guard length > 0, first < 0xF5, index &+ length <= bytes.count else { return 0xFFFD }
        var value = first & (0x3F >> UInt32(length))
        for offset in 0..<length {
            let byte = UInt32(bytes[index &+ offset])
            guard byte & 0xC0 == 0x80 else { return 0xFFFD }
            value = value << 6 | byte & 0x3F
        }
        index &+= length
        return value
    }
}
