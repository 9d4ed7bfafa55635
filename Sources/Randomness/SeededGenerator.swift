/// A counter-based random number generator: number `n` of a stream depends only on seed, stream and `n`.
///
/// It is SplitMix64 (Steele, Lea and Flood, 2014): the state advances by the odd constant 2⁶⁴/φ, and the output is a
/// mix of the state. A stream's initial state is mixed from seed and stream number, so that rows processed by different
/// threads or in a different order get the same numbers.
///
/// ```swift
/// var random = SeededGenerator(seed: 42, stream: 7)
/// random.integer(below: 6)      // the same on every machine
/// ```
package struct SeededGenerator: RandomNumberGenerator, Sendable, Hashable {
    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var state: UInt64

    /// A generator for a stream with a seed.
    package init(seed: Int, stream: Int = 0) {
        let first = SeededGenerator.mixed(UInt64(bitPattern: Int64(seed)) &+ SeededGenerator.increment)
        state = SeededGenerator.mixed(first ^ (UInt64(bitPattern: Int64(stream)) &* 0xD1B5_4A32_D192_ED03))
    }

    /// The next 64 random bits.
    package mutating func next() -> UInt64 {
        state &+= SeededGenerator.increment
        return SeededGenerator.mixed(state)
    }

    /// A number in 0 ..< 1, a multiple of 2⁻⁵³.
    package mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number in 0 ..< `bound`, without bias.
    package mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0, "the bound is positive")
        let bound = UInt64(bound)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let rejected = (0 &- bound) % bound
            while product.low < rejected { product = next().multipliedFullWidth(by: bound) }
        }
        return Int(product.high)
    }

    /// True with the given probability.
    package mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

    /// An approximately normal number with mean 0 and standard deviation 1: the sum of twelve uniform numbers minus 6.
    ///
    /// It needs no logarithm, whose last bit differs between math libraries, and is within ±6.
    package mutating func normal() -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += uniform() }
        return sum
    }

    /// Shuffles a collection (Fisher and Yates).
    package mutating func shuffle<Element>(_ elements: inout [Element]) {
        for index in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(index, integer(below: index + 1))
        }
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
