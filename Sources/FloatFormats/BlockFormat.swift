/// The formats of llama.cpp and related tools for numbers of a few bits: blocks with their own scales.
package enum BlockFormat: Sendable, Hashable, CaseIterable {
    /// 4 or 5 bits, less 8 or 16, times a scale.
    case q4_0, q5_0
    /// 8 bits times a scale.
    case q8_0
    /// 4 or 5 bits times the scale of 32 numbers, less their minimum; scales and minima have 6 bits.
    case q4K, q5K
    /// 6 bits, less 32, times the scale of 16 numbers, which has 8 bits.
    case q6K

    /// The number of elements in a block.
    package var blockCount: Int {
        switch self {
        case .q4_0, .q5_0, .q8_0: 32
        case .q4K, .q5K, .q6K: 256
        }
    }

    /// The number of bytes in a block.
    package var blockBytes: Int {
        switch self {
        case .q4_0: 18
        case .q5_0: 22
        case .q8_0: 34
        case .q4K: 144
        case .q5K: 176
        case .q6K: 210
        }
    }

    /// The numbers of whole blocks, with the operations of the reference implementation in the same order, so that the results
    /// have the same bits. O(n).
    package func floats(_ bytes: RawSpan) -> [Float] {
        let blocks = bytes.byteCount / blockBytes
        precondition(blocks * blockBytes == bytes.byteCount, "the bytes are whole blocks")
        return bytes.withUnsafeBytes { raw in
            [Float](unsafeUninitializedCapacity: blocks * blockCount) { buffer, filled in
                guard let source = raw.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    let target = buffer.baseAddress
                else { return }
                // Reads `blockBytes` and writes `blockCount` numbers per block, within both buffers by the precondition.
                for block in 0..<blocks {
                    expand(source + block * blockBytes, target + block * blockCount)
                }
                filled = blocks * blockCount
            }
        }
    }

    /// The numbers of a block, with `blockBytes` bytes to read and room for `blockCount` numbers.
    @inline(__always)
    private func expand(_ block: UnsafePointer<UInt8>, _ y: UnsafeMutablePointer<Float>) {
        switch self {
        case .q4_0: Self.expandQ4(block, y)
        case .q5_0: Self.expandQ5(block, y)
        case .q8_0: Self.expandQ8(block, y)
        case .q4K: Self.expandK(block, high: nil, low: block + 16, y)
        case .q5K: Self.expandK(block, high: block + 16, low: block + 48, y)
        case .q6K: Self.expandQ6K(block, y)
        }
    }
}
