/// A word's length and up to three ids in one integer, which is all that is needed to write the ids.
struct WordEntry: Sendable, Equatable {
    /// How many ids there may be.
    static let most = 3
    /// The number of bits of an id; larger ones are kept elsewhere.
    private static let idBits = 19
    private static let lengthBits = 4
    /// The bits with the length.
    static let lengthMask: UInt64 = 0xF
    private static let countBits = 3

    /// From the lowest on: the length, the number of ids, the ids.
    let bits: UInt64

    /// The entry of no word, since every word has a length.
    static let absent = WordEntry(bits: 0)

    init(bits: UInt64) { self.bits = bits }

    /// Nil if there are too many ids, or one is too large.
    init?(length: Int, _ ids: [Int32]) {
        guard ids.count <= Self.most, ids.allSatisfy({ $0 >= 0 && $0 >> Int32(Self.idBits) == 0 }) else {
            return nil
        }
        var bits = UInt64(length) | UInt64(ids.count) << UInt64(Self.lengthBits)
        for (index, id) in ids.enumerated() { bits |= UInt64(id) << Self.place(index) }
        self.bits = bits
    }

    /// How many bytes the word has, at most 15.
    @inline(__always)
    var length: Int { Int(truncatingIfNeeded: bits) & 0xF }

    /// How many ids the word has.
    @inline(__always)
    var count: Int { Int(truncatingIfNeeded: bits &>> UInt64(Self.lengthBits)) & 0x7 }

    /// One of the ids; 0 if there are fewer.
    @inline(__always)
    func id(_ index: Int) -> Int32 { Int32(truncatingIfNeeded: bits &>> Self.place(index) & 0x7FFFF) }

    @inline(__always)
    private static func place(_ index: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: lengthBits + countBits + index * idBits)
    }
}
