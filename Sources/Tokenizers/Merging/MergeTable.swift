/// Which pairs of symbols merge, into what, and how early: (left, right) → rank and result, in an open-addressing
/// table.
///
/// A slot consists of two words in one cache line, the key `left << 32 | right` and the value `rank << 32 | result`. At
/// most half of the slots are used, so a lookup takes one or two probes.
struct MergeTable: Sendable {
    /// The result of a lookup for a pair that does not merge; its rank is later than all others.
    static let absent = UInt64.max

    private(set) var count = 0
    private(set) var slots: ContiguousArray<UInt64>
    private(set) var shift: UInt64

    init(minimumCapacity: Int = 16) {
        var bits: UInt64 = 5
        while 1 << bits < minimumCapacity * 2 { bits += 1 }
        shift = 64 - bits
        slots = ContiguousArray(repeating: Self.absent, count: 2 << Int(bits))
    }

    static func value(rank: UInt32, result: Int32) -> UInt64 {
        UInt64(rank) << 32 | UInt64(UInt32(bitPattern: result))
    }

    @inline(__always)
    static func rank(_ value: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: value >> 32) }

    @inline(__always)
    static func result(_ value: UInt64) -> Int32 { Int32(truncatingIfNeeded: value) }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Adds a pair; a later value replaces an earlier one.
    mutating func insert(_ left: Int32, _ right: Int32, value: UInt64) {
        if (count + 1) * 4 > slots.count { grow() }
        let key = Self.key(left, right)
        var slot = Int(truncatingIfNeeded: Self.scramble(key) >> shift) * 2
        while slots[slot] != Self.absent, slots[slot] != key { slot = (slot + 2) & (slots.count - 1) }
        if slots[slot] == Self.absent { count += 1 }
        slots[slot] = key
        slots[slot + 1] = value
    }

    private mutating func grow() {
        var larger = MergeTable(minimumCapacity: slots.count)
        for slot in stride(from: 0, to: slots.count, by: 2) where slots[slot] != Self.absent {
            let key = slots[slot]
            larger.insert(
                Int32(truncatingIfNeeded: key >> 32), Int32(truncatingIfNeeded: key), value: slots[slot + 1])
        }
        self = larger
    }

    @inline(__always)
    private static func scramble(_ key: UInt64) -> UInt64 {
        let mixed = (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ mixed >> 32 &* 0xBF58_476D_1CE4_E5B9
    }

    /// The value of a pair, or `absent`.
    @inline(__always)
    func value(_ left: Int32, _ right: Int32) -> UInt64 {
        let key = Self.key(left, right)
        let slots = slots.span
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.scramble(key) >> shift) * 2
        while true {
            let found = slots[slot]
            if found == key { return slots[slot + 1] }
            if found == Self.absent { return Self.absent }
            slot = (slot + 2) & mask
        }
    }
}
