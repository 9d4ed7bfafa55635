internal import Glibc

/// Random numbers that are functions of a seed and a counter (the finalizer of SplitMix64, Steele et al. 2014).
enum CounterGenerator {
    /// 64 random bits.
    static func bits(_ seed: UInt64, _ counter: UInt64) -> UInt64 {
        mixed(mixed(seed &+ 0x9E37_79B9_7F4A_7C15) ^ (counter &* 0x9E37_79B9_7F4A_7C15))
    }

    /// A 53-bit number in 0 ..< 1.
    static func uniform(_ seed: UInt64, _ counter: UInt64) -> Double {
        Double(bits(seed, counter) >> 11) * 0x1p-53
    }

    /// A normally distributed number with standard deviation 1 (Box and Muller 1958).
    static func normal(_ seed: UInt64, _ counter: UInt64) -> Double {
        let radius = (-2 * Glibc.log(1 - uniform(seed, 2 &* counter))).squareRoot()
        return radius * Glibc.cos(2 * .pi * uniform(seed, 2 &* counter &+ 1))
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
