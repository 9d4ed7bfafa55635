internal import Dispatch

extension NF4Matrix {
    /// The nearest matrix of 4 bits; its bytes are those of bitsandbytes' `quantize_4bit` with `compress_statistics`, on a
    /// processor.
    ///
    /// - Parameters:
    ///   - numbers: the numbers, row by row; all finite.
    ///   - threads: how many threads it may use; the result does not depend on it.
    /// - Complexity: O(n).
    public init(quantizing numbers: [Float], rows: Int, columns: Int, threads: Int = 1) {
        precondition(numbers.count == rows * columns, "there are as many numbers as places")
        let size = NF4Code.blockSize
        let blocks = (numbers.count + size - 1) / size
        var scales = [Float](repeating: 0, count: blocks)
        var codes = [UInt8](repeating: 0, count: (numbers.count + 1) / 2)
        numbers.withUnsafeBufferPointer { numbers in
            scales.withUnsafeMutableBufferPointer { scales in
                codes.withUnsafeMutableBufferPointer { codes in
                    // Each part has blocks of its own, and so bytes and scales of its own: a block has an even number of
                    // codes. The buffers outlive the parts.
                    nonisolated(unsafe) let (scales, codes) = (scales, codes)
                    nonisolated(unsafe) let numbers = numbers
                    let parts = max(1, min(threads, blocks))
                    DispatchQueue.concurrentPerform(iterations: parts) { part in
                        for block in (blocks * part / parts)..<(blocks * (part + 1) / parts) {
                            Self.quantize(block, numbers, scales, codes)
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

    /// Quantises one block.
    private static func quantize(
        _ block: Int, _ numbers: UnsafeBufferPointer<Float>, _ scales: UnsafeMutableBufferPointer<Float>,
        _ codes: UnsafeMutableBufferPointer<UInt8>
    ) {
        let first = block * NF4Code.blockSize
        let count = min(NF4Code.blockSize, numbers.count - first)
        var values = SIMD64<Float>(repeating: 0)
        // first + count is within `numbers`.
        for index in 0..<count { values[index] = numbers[first + index] }
        let magnitudes = values.replacing(with: -values, where: values .< 0)
        let largest = magnitudes.max()
        if count < NF4Code.blockSize {
            // bitsandbytes divides the last, short block, and keeps its scale from 0.
            scales[block] = max(largest, 1e-38)
            values /= SIMD64(repeating: max(largest, 1e-38))
        } else {
            scales[block] = largest
            values *= SIMD64(repeating: 1 / max(largest, 1e-38))
        }
        var indices = SIMD64<Int32>(repeating: 0)
        for bound in NF4Code.bounds {
            indices.replace(with: indices &+ 1, where: values .> SIMD64(repeating: bound))
        }
        for index in stride(from: 0, to: count, by: 2) {
            // A byte for each two codes, and for a last odd one, whose other half is the code of 0.
            codes[(first + index) / 2] = UInt8(truncatingIfNeeded: indices[index] << 4 | indices[index + 1])
        }
    }
}
