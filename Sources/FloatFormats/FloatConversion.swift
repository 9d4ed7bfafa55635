/// Converts 16-bit floating-point numbers to 32 bits and back; bytes are little-endian, at any alignment.
///
/// A bfloat16 is the upper half of a 32-bit number. Rounding is to nearest, ties to even; NaN stays NaN.
package enum FloatConversion: Sendable {
    /// The numbers in the bytes of 32-bit floats. O(n).
    package static func floats(float32 bytes: RawSpan) -> [Float] {
        converted(bytes, UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
    }

    /// The numbers in the bytes of bfloat16s. O(n).
    package static func floats(bfloat16 bytes: RawSpan) -> [Float] {
        converted(bytes, UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
    }

    /// The bit patterns in the bytes of 16-bit numbers. O(n).
    package static func patterns(of bytes: RawSpan) -> [UInt16] {
        let count = bytes.byteCount / 2
        return bytes.withUnsafeBytes { raw in
            [UInt16](unsafeUninitializedCapacity: count) { buffer, filled in
                // The span holds `count` whole patterns, and the buffer has room for them.
                for index in 0..<count {
                    buffer[index] = UInt16(
                        littleEndian: raw.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
                }
                filled = count
            }
        }
    }

    /// The numbers in the bytes of half-precision floats. O(n).
    package static func floats(float16 bytes: RawSpan) -> [Float] {
        converted(bytes, UInt16.self) { Float(float16: UInt16(littleEndian: $0)) }
    }

    /// The bytes of numbers as 32-bit floats. O(n).
    package static func bytes(float32 numbers: some Sequence<Float>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(numbers.underestimatedCount * 4)
        for number in numbers {
            let pattern = number.bitPattern
            bytes.append(UInt8(truncatingIfNeeded: pattern))
            bytes.append(UInt8(truncatingIfNeeded: pattern >> 8))
            bytes.append(UInt8(truncatingIfNeeded: pattern >> 16))
            bytes.append(UInt8(truncatingIfNeeded: pattern >> 24))
        }
        return bytes
    }

    /// The bytes of numbers as bfloat16s. O(n).
    package static func bytes(bfloat16 numbers: some Sequence<Float>) -> [UInt8] {
        halves(numbers) { $0.bfloat16 }
    }

    /// The bytes of numbers as half-precision floats; those that are too large become infinite. O(n).
    package static func bytes(float16 numbers: some Sequence<Float>) -> [UInt8] {
        halves(numbers) { $0.float16 }
    }

    private static func halves(_ numbers: some Sequence<Float>, _ convert: (Float) -> UInt16) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(numbers.underestimatedCount * 2)
        for number in numbers {
            let pattern = convert(number)
            bytes.append(UInt8(truncatingIfNeeded: pattern))
            bytes.append(UInt8(truncatingIfNeeded: pattern >> 8))
        }
        return bytes
    }

    private static func converted<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: RawSpan, _: Bits.Type, _ convert: (Bits) -> Float
    ) -> [Float] {
        let width = MemoryLayout<Bits>.size
        let count = bytes.byteCount / width
        return bytes.withUnsafeBytes { raw in
            [Float](unsafeUninitializedCapacity: count) { buffer, filled in
                // The span holds `count` whole numbers, and the buffer has room for them.
                for index in 0..<count {
                    buffer[index] = convert(raw.loadUnaligned(fromByteOffset: index * width, as: Bits.self))
                }
                filled = count
            }
        }
    }
}

extension Float {
    /// The value of a half-precision bit pattern, exactly.
    init(float16 bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1F
        let fraction = UInt32(bits) & 0x3FF
        switch exponent {
        case 0:
            // Subnormal: fraction · 2⁻²⁴.
            let magnitude = Float(fraction) * 0x1p-24
            self = Float(bitPattern: magnitude.bitPattern | sign)
        case 0x1F: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }

    /// The bit pattern of the nearest bfloat16 number, ties to even.
    package var bfloat16: UInt16 {
        // A NaN whose payload is entirely in the lower half must not become infinite.
        if isNaN { return UInt16(bitPattern >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bitPattern + 0x7FFF + (bitPattern >> 16 & 1)) >> 16)
    }

    /// The bit pattern of the nearest half-precision number, ties to even.
    var float16: UInt16 {
        let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
        let magnitude = bitPattern & 0x7FFF_FFFF
        if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
        if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
        if magnitude < 0x3880_0000 {
            // Subnormal: adding ½ · 2⁻¹³… makes the hardware round to multiples of 2⁻²⁴.
            let rounded = Float(bitPattern: magnitude) + 0.5
            return sign | UInt16(truncatingIfNeeded: rounded.bitPattern - Float(0.5).bitPattern)
        }
        let rounded = magnitude &+ 0xFFF &+ (magnitude >> 13 & 1)
        return sign | UInt16(truncatingIfNeeded: (rounded - 0x3800_0000) >> 13)
    }
}
