/// The layouts. Every function reads the bytes of one block and writes its numbers; `floats` checks that both are in bounds.
extension BlockFormat {
    /// A half-precision scale; 16 numbers' low and high halves of bytes.
    static func expandQ4(_ block: UnsafePointer<UInt8>, _ y: UnsafeMutablePointer<Float>) {
        let scale = half(block)
        for index in 0..<16 {
            let byte = block[2 + index]
            y[index] = Float(Int32(byte & 15) - 8) * scale
            y[index + 16] = Float(Int32(byte >> 4) - 8) * scale
        }
    }

    /// A scale; the fifth bits of all numbers; halves of bytes as above.
    static func expandQ5(_ block: UnsafePointer<UInt8>, _ y: UnsafeMutablePointer<Float>) {
        let scale = half(block)
        let fifth =
            UInt32(block[2]) | UInt32(block[3]) << 8 | UInt32(block[4]) << 16 | UInt32(block[5]) << 24
        for index in 0..<16 {
            let byte = block[6 + index]
            let low = Int32(byte & 15) | Int32(fifth >> UInt32(index) & 1) << 4
            let high = Int32(byte >> 4) | Int32(fifth >> UInt32(index + 16) & 1) << 4
            y[index] = Float(low - 16) * scale
            y[index + 16] = Float(high - 16) * scale
        }
    }

    /// A scale; the numbers, with their sign.
    static func expandQ8(_ block: UnsafePointer<UInt8>, _ y: UnsafeMutablePointer<Float>) {
        let scale = half(block)
        for index in 0..<32 { y[index] = Float(Int8(bitPattern: block[2 + index])) * scale }
    }

    /// Scales of scales and of minima; eight scales and minima in 12 bytes; fifth bits if there are any; pairs of 32 numbers in the
    /// halves of 32 bytes.
    static func expandK(
        _ block: UnsafePointer<UInt8>, high: UnsafePointer<UInt8>?, low: UnsafePointer<UInt8>,
        _ y: UnsafeMutablePointer<Float>
    ) {
        let scale = half(block)
        let minimumScale = half(block + 2)
        let packed = block + 4
        for group in 0..<8 {
            // The first four have their 6 bits in one byte; the others have 4 here, and 2 in the first four's upper bits.
            let own: UInt8
            let minimum: UInt8
            if group < 4 {
                own = packed[group] & 63
                minimum = packed[group + 4] & 63
            } else {
                own = packed[group + 4] & 15 | (packed[group - 4] >> 6) << 4
                minimum = packed[group + 4] >> 4 | (packed[group] >> 6) << 4
            }
            let factor = scale * Float(own)
            let offset = minimumScale * Float(minimum)
            let bytes = low + group / 2 * 32
            let target = y + group * 32
            for index in 0..<32 {
                var value = group % 2 == 0 ? bytes[index] & 15 : bytes[index] >> 4
                if let high { value |= (high[index] >> UInt8(group) & 1) << 4 }
                target[index] = factor * Float(value) - offset
            }
        }
    }

    /// Lower four bits, upper two bits, sixteen scales with their sign, and their scale.
    static func expandQ6K(_ block: UnsafePointer<UInt8>, _ y: UnsafeMutablePointer<Float>) {
        let scale = half(block + 208)
        for part in 0..<2 {
            let low = block + part * 64
            let high = block + 128 + part * 32
            let scales = block + 192 + part * 8
            for quarter in 0..<4 {
                let target = y + part * 128 + quarter * 32
                for index in 0..<32 {
                    let byte = low[quarter % 2 * 32 + index]
                    let nibble = quarter < 2 ? byte & 15 : byte >> 4
                    let bits = high[index] >> UInt8(2 * quarter) & 3
                    let factor = scale * Float(Int8(bitPattern: scales[2 * quarter + index / 16]))
                    target[index] = factor * Float(Int32(nibble | bits << 4) - 32)
                }
            }
        }
    }

    private static func half(_ bytes: UnsafePointer<UInt8>) -> Float {
        Float(float16: UInt16(bytes[0]) | UInt16(bytes[1]) << 8)
    }
}
