internal import Texts

/// Up to four ids and their number in 16 bytes, from which the ids are written in one step.
struct WordEntry: Sendable {
    /// How many ids there may be.
    static let most = 4
    /// The number of bits of an id; larger ones have no entry.
    private static let idBits: UInt64 = 28

    /// The ids in the order in which they are written, with their number above the first one.
    let bits: IntegerPair

    init(bits: IntegerPair) { self.bits = bits }

    /// Nil if there are no ids, or too many, or one is too large.
    init?(_ ids: [Int32]) {
        guard 1...Self.most ~= ids.count, ids.allSatisfy({ $0 >= 0 && $0 >> Int32(Self.idBits) == 0 }) else {
            return nil
        }
        let all = ids.map { UInt64($0) } + [UInt64](repeating: 0, count: Self.most - ids.count)
        bits = IntegerPair(
            low: all[0] | UInt64(ids.count) << Self.idBits | all[1] << 32, high: all[2] | all[3] << 32)
    }

    /// How many ids there are.
    @inline(__always)
    var count: Int { Int(truncatingIfNeeded: bits.low &>> Self.idBits & 0xF) }

    /// The ids as they are in memory, and zeros.
    @inline(__always)
    var ids: IntegerPair {
        IntegerPair(low: bits.low & ~(0xF &<< Self.idBits), high: bits.high)
    }
}
