/// The 16 values of the normal-float data type: quantiles of a normal distribution, scaled to ±1 (Dettmers et al. 2023,
/// QLoRA).
enum NF4Code {
    /// The number of elements that share a scale.
    static let blockSize = 64

    /// The values, as in bitsandbytes.
    static let values: [Float] = [
        -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
        -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
        0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
        0.7229568362236023, 1.0,
    ]

    /// The midpoints between neighboring values.
    static let bounds: [Float] = zip(values, values.dropFirst()).map { ($0 + $1) / 2 }

    /// The midpoints, each repeated eight times.
    static let wideBounds = bounds.map { SIMD8<Float>(repeating: $0) }

    /// For each byte, the values of its two codes, high four bits first.
    static let pairs: [SIMD2<Float>] = (0..<256).map { SIMD2(values[$0 >> 4], values[$0 & 15]) }
}
