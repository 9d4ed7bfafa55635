/// Cuts bytes where their content says so, so that an insertion moves only the cuts near it.
///
/// FastCDC with normalised chunking (Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for
/// Data Deduplication", USENIX ATC 2016): a gear hash rolls over the bytes; up to the mean size a cut needs two bits more to
/// be zero, beyond it two bits fewer. The gear table is SplitMix64 from seed 0, part of the store's format: another table
/// would still be read, but would share no chunks with what is there.
enum ContentChunker {
    static let minimum = 16 * 1024
    static let mean = 64 * 1024
    static let maximum = 256 * 1024

    private static let strictMask: UInt64 = 0xFFFF_C000_0000_0000
    private static let looseMask: UInt64 = 0xFFFC_0000_0000_0000

    private static let gear: [UInt64] = {
        var state: UInt64 = 0
        return (0..<256).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }()

    /// The end of the chunk that starts at `start`. Amortised O(chunk).
    static func end(of bytes: Span<UInt8>, from start: Int) -> Int {
        let available = bytes.count - start
        guard available > minimum else { return bytes.count }
        let limit = start + min(available, maximum)
        let normal = start + min(available, mean)
        let gear = gear.span
        var hash: UInt64 = 0
        var position = start + minimum
        while position < normal {
            hash = (hash << 1) &+ gear[Int(bytes[position])]
            position += 1
            if hash & strictMask == 0 { return position }
        }
        while position < limit {
            hash = (hash << 1) &+ gear[Int(bytes[position])]
            position += 1
            if hash & looseMask == 0 { return position }
        }
        return limit
    }

    /// The ends of all chunks.
    static func ends(of bytes: Span<UInt8>) -> [Int] {
        var ends: [Int] = []
        var position = 0
        while position < bytes.count {
            position = end(of: bytes, from: position)
            ends.append(position)
        }
        return ends
    }
}
