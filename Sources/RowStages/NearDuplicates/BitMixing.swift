/// Hashes 64-bit numbers, identically on every machine.
enum BitMixing: Sendable {
    /// The base of the polynomials that hash texts: odd and without structure.
    static let base: UInt64 = 0x9FB2_1C65_1E98_DF25

    /// A bijection in which every output bit depends on every input bit (the finalizer of SplitMix64).
    @inline(__always)
    static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value &>> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value &>> 31)
    }
}
