/// The gear hash, which rolls over bytes: h ← 2 h + table[byte], so that 64 bytes decide its value.
///
/// From Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication", USENIX ATC
/// 2016. The table is SplitMix64 from seed 0.
public enum GearHash: Sendable {
    private static let table: [UInt64] = {
        var state: UInt64 = 0
        return (0..<256).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }()

    /// Rolls over `bytes[range]`, until the bits of `mask` are zero. O(range).
    ///
    /// - Parameter hash: the value so far, 0 at the beginning; what it is behind the last byte that was looked at.
    /// - Returns: the index behind that byte; nil where the bits were never zero.
    public static func cut(
        _ bytes: Span<UInt8>, in range: Range<Int>, mask: UInt64, hash: inout UInt64
    ) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range lies in the bytes")
        var value = hash
        defer { hash = value }
        return bytes.withUnsafeBufferPointer { bytes -> Int? in
            table.withUnsafeBufferPointer { table -> Int? in
                // A byte is an index into 256 values; the range is inside the bytes, and so not empty without them.
                guard let bytes = bytes.baseAddress, let table = table.baseAddress else { return nil }
                var index = range.lowerBound
                while index < range.upperBound {
                    value = value << 1 &+ table[Int(bytes[index])]
                    index &+= 1
                    if value & mask == 0 { return index }
                }
                return nil
            }
        }
    }
}
