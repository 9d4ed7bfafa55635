/// Elementary functions without branches, so that the compiler vectorizes loops over them.
enum Elementary {
    /// eˣ, to 2 units in the last place; below −87.3 the smallest normal number, above 88.3 the largest result.
    @inline(__always)
    static func exponential(_ x: Float) -> Float {
        let (power, fraction) = reduced(x)
        return power + power * fraction
    }

    /// eˣ − 1, without cancellation near zero.
    @inline(__always)
    static func exponentialMinusOne(_ x: Float) -> Float {
        let (power, fraction) = reduced(x)
        return power * fraction + (power - 1)
    }

    /// tanh x, to 3 units in the last place.
    @inline(__always)
    static func tangent(_ x: Float) -> Float {
        // Beyond 10 it is ±1 in single precision.
        let low = x < -10 ? -10 : x
        let clamped = low > 10 ? 10 : low
        let grown = exponentialMinusOne(clamped + clamped)
        return grown / (grown + 2)
    }

    /// 1 / (1 + e⁻ˣ).
    @inline(__always)
    static func sigmoid(_ x: Float) -> Float { 1 / (1 + exponential(-x)) }

    /// 2ⁿ and eʳ − 1, with x = n ln 2 + r and |r| ≤ ln 2 / 2 (Cody and Waite's range reduction; Taylor polynomial).
    @inline(__always)
    private static func reduced(_ x: Float) -> (power: Float, fraction: Float) {
        let low = x < -87.3 ? -87.3 : x
        let clamped = low > 88.3 ? 88.3 : low
        // Adding 1.5 · 2²³ rounds to an integer, which is then in the lowest bits of the sum.
        let shifted = clamped * 1.442_695_04 + 12_582_912
        let n = shifted - 12_582_912
        let r = (clamped - n * 0.693_359_375) + n * 2.121_944_4e-4
        let power = Float(bitPattern: (shifted.bitPattern &<< 23) &+ 0x3F80_0000)
        var polynomial: Float = 1.0 / 5_040
        polynomial = polynomial * r + 1.0 / 720
        polynomial = polynomial * r + 1.0 / 120
        polynomial = polynomial * r + 1.0 / 24
        polynomial = polynomial * r + 1.0 / 6
        polynomial = polynomial * r + 0.5
        return (power, polynomial * (r * r) + r)
    }
}
