internal import Parallelism

extension NF4Matrix {
    /// Quantizes to the nearest codes. The bytes equal those of bitsandbytes' `quantize_4bit` with
    /// `compress_statistics` on a CPU.
    ///
    /// - Parameters:
    /// - numbers: the elements, row by row, all finite.
    /// - threads: the number of threads; the result does not depend on it.
    /// - Complexity: O(n).
    public init(quantizing numbers: [Float], rows: Int, columns: Int, threads: Int = 1) {
        precondition(numbers.count == rows * columns, "the numbers must fill the matrix")
        let size = NF4Code.blockSize
        let blocks = (numbers.count + size - 1) / size
        var scales = [Float](repeating: 0, count: blocks)
        var codes = [UInt8](repeating: 0, count: (numbers.count + 1) / 2)
        numbers.withUnsafeBufferPointer { numbers in
            scales.withUnsafeMutableBufferPointer { scales in
                codes.withUnsafeMutableBufferPointer { codes in
                    // Parts consist of whole blocks, with an even number of codes each, so they share neither bytes nor
                    // scales. The buffers outlive the parts.
                    nonisolated(unsafe) let (scales, codes) = (scales, codes)
                    nonisolated(unsafe) let numbers = numbers
                    let parts = max(1, min(threads, blocks))
                    Parallel.perform(count: parts, threads: parts) { part in
                        NF4Code.wideBounds.withUnsafeBufferPointer { bounds in
                            for block in (blocks * part / parts)..<(blocks * (part + 1) / parts) {
                                Self.quantize(block, numbers, scales, codes, bounds)
                            }
                        }
                    }
                }
            }
        }
        rowCount = rows
        columnCount = columns
        self.codes = codes
        self.scales = BlockScales(scales)
    }

    /// Quantizes one block.
    private static func quantize(
        _ block: Int, _ numbers: UnsafeBufferPointer<Float>, _ scales: UnsafeMutableBufferPointer<Float>,
        _ codes: UnsafeMutableBufferPointer<UInt8>, _ bounds: UnsafeBufferPointer<SIMD8<Float>>
    ) {
        let first = block * NF4Code.blockSize
        let count = min(NF4Code.blockSize, numbers.count - first)
        // The bit patterns of magnitudes compare like the magnitudes. first + count is within `numbers`.
        var largestBits: Int32 = 0
        for index in 0..<count {
            largestBits = max(
                largestBits, Int32(truncatingIfNeeded: numbers[first + index].bitPattern & 0x7FFF_FFFF))
        }
        let largest = Float(bitPattern: UInt32(largestBits))
        let isWhole = count == NF4Code.blockSize
        // bitsandbytes divides in the last, short block, and keeps its scale from being 0.
        scales[block] = isWhole ? largest : max(largest, 1e-38)
        let divisor = SIMD8<Float>(repeating: isWhole ? 1 : max(largest, 1e-38))
        let factor = SIMD8<Float>(repeating: isWhole ? 1 / max(largest, 1e-38) : 1)
        for start in stride(from: 0, to: count, by: 8) {
            var values = SIMD8<Float>(repeating: 0)
            let width = min(8, count - start)
            for lane in 0..<width { values[lane] = numbers[first + start + lane] }
            values = isWhole ? values * factor : values / divisor
            var indices = SIMD8<Int32>(repeating: 0)
            for bound in 0..<15 {
                // A mask's lanes are 0 or −1, as wide as the numbers it compares.
                indices &-= unsafeBitCast(values .> bounds[bound], to: SIMD8<Int32>.self)
            }
            for lane in stride(from: 0, to: width, by: 2) {
                // One byte for two codes; if the last code has no partner, the other half is the code of 0.
                codes[(first + start + lane) / 2] = UInt8(
                    truncatingIfNeeded: indices[lane] << 4 | indices[lane + 1])
            }
        }
    }
}
