/// Writes messages of protocol buffers, field by field.
struct ProtobufWriter: Sendable {
    private(set) var bytes: [UInt8] = []

    private mutating func append(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Writes a field with a nonnegative number, or a Boolean.
    mutating func number(_ field: Int, _ value: Int) {
        append(UInt64(field << 3))
        append(UInt64(value))
    }

    /// Writes a field with a number that may be negative.
    mutating func signed(_ field: Int, _ value: Int) {
        append(UInt64(field << 3))
        append(UInt64(bitPattern: Int64(value)))
    }

    /// Writes a field with a 32-bit floating-point number.
    mutating func float(_ field: Int, _ value: Float) {
        append(UInt64(field << 3 | 5))
        for shift in stride(from: 0, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(shift)))
        }
    }

    /// Writes a field with bytes, a text or a message.
    mutating func bytes(_ field: Int, _ value: [UInt8]) {
        append(UInt64(field << 3 | 2))
        append(UInt64(value.count))
        bytes += value
    }
}
