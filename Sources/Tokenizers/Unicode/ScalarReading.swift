extension Span where Element == UInt8 {
    /// The scalar that starts at `position` of text that is known to be valid UTF-8, and its length in bytes.
    @inline(__always)
    func scalar(at position: Int) -> (value: UInt32, length: Int) {
        let first = UInt32(self[position])
        if first < 0x80 { return (first, 1) }
        if first < 0xE0 { return ((first & 0x1F) << 6 | UInt32(self[position + 1] & 0x3F), 2) }
        if first < 0xF0 {
            let middle = UInt32(self[position + 1] & 0x3F) << 6
            return ((first & 0x0F) << 12 | middle | UInt32(self[position + 2] & 0x3F), 3)
        }
        let second = UInt32(self[position + 1] & 0x3F) << 12
        let third = UInt32(self[position + 2] & 0x3F) << 6
        return ((first & 0x07) << 18 | second | third | UInt32(self[position + 3] & 0x3F), 4)
    }

    /// The scalar that ends before `position` of text that is known to be valid UTF-8, and its length in bytes.
    @inline(__always)
    func scalar(before position: Int) -> (value: UInt32, length: Int) {
        var start = position - 1
        while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
        return scalar(at: start)
    }
}

extension [UInt8] {
    /// Appends a scalar's UTF-8 bytes.
    mutating func append(scalar: UInt32) {
        if scalar < 0x80 {
            append(UInt8(scalar))
        } else if scalar < 0x800 {
            append(UInt8(0xC0 | scalar >> 6))
            append(UInt8(0x80 | scalar & 0x3F))
        } else if scalar < 0x10000 {
            append(UInt8(0xE0 | scalar >> 12))
            append(UInt8(0x80 | scalar >> 6 & 0x3F))
            append(UInt8(0x80 | scalar & 0x3F))
        } else {
            append(UInt8(0xF0 | scalar >> 18))
            append(UInt8(0x80 | scalar >> 12 & 0x3F))
            append(UInt8(0x80 | scalar >> 6 & 0x3F))
            append(UInt8(0x80 | scalar & 0x3F))
        }
    }

    /// Appends the bytes of `span` in `range`.
    mutating func append(_ span: Span<UInt8>, _ range: Range<Int>) {
        reserveCapacity(count + range.count)
        for index in range { append(span[index]) }
    }
}

/// Whether bytes are well-formed UTF-8.
func isValidUTF8(_ bytes: [UInt8]) -> Bool { (try? UTF8Span(validating: bytes.span)) != nil }
