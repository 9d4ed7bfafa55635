/// The gear hash, a rolling hash: h ← 2 h + table[byte], so that it depends on the last 64 bytes.
///
/// From Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication", USENIX
/// ATC 2016. The table is SplitMix64 from seed 0.
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

    /// 2 table[byte]: the contribution of a byte, one byte later.
    private static let doubled: [UInt64] = table.map { $0 << 1 }

    /// Rolls over `bytes[range]` until the bits of `mask` are zero. O(range).
    ///
    /// - Parameter hash: the value so far, initially 0; afterwards, the value after the last byte read.
    /// - Returns: the index after that byte; nil if the bits were never zero.
    public static func cut(
        _ bytes: Span<UInt8>, in range: Range<Int>, mask: UInt64, hash: inout UInt64
    ) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range lies in the bytes")
        var value = hash
        defer { hash = value }
        return bytes.withUnsafeBufferPointer { bytes -> Int? in
            table.withUnsafeBufferPointer { table -> Int? in
                doubled.withUnsafeBufferPointer { doubled -> Int? in
                    // A byte indexes one of 256 values; the range is inside the bytes, so it is empty if there are none.
                    guard let bytes = bytes.baseAddress, let table = table.baseAddress,
                        let doubled = doubled.baseAddress
                    else { return nil }
                    var index = range.lowerBound
                    // Two bytes at a time: each value depends on the previous one, and computing two takes no longer.
                    while index &+ 1 < range.upperBound {
                        let first = Int(bytes[index])
                        let one = value << 1 &+ table[first]
                        let two = value << 2 &+ (doubled[first] &+ table[Int(bytes[index &+ 1])])
                        index &+= 2
                        if one & mask == 0 {
                            value = one
                            return index &- 1
                        }
                        value = two
                        if two & mask == 0 { return index }
                    }
                    guard index < range.upperBound else { return nil }
                    value = value << 1 &+ table[Int(bytes[index])]
                    return value & mask == 0 ? range.upperBound : nil
                }
            }
        }
    }
}
