/// Determines which elements of a matrix are dropped: a function of two keys, the position and the column.
public struct Dropout: Sendable, Hashable {
    /// The probability that an element is dropped.
    public let probability: Double
    /// Distinguishes this matrix from others: depends on the training run, the step, the layer and the projection.
    public let key: UInt64

    /// A rule from its parts.
    public init(probability: Double, key: UInt64) {
        precondition(probability >= 0 && probability < 1, "not everything is dropped")
        self.probability = probability
        self.key = key
    }

    /// Elements whose random bits are below this are dropped.
    package var threshold: UInt32 { UInt32(probability * 0x1p32) }

    /// The factor for the other elements.
    package var scale: Float { Float(1 / (1 - probability)) }

    /// The state that each of the row's columns is mixed with.
    @inline(__always)
    func rowKey(_ position: Int) -> UInt32 {
        Self.mixed(UInt32(truncatingIfNeeded: key) ^ Self.mixed(UInt32(truncatingIfNeeded: position)))
    }

    /// 32 random bits for a column (two rounds of multiply and shift, with Wellons's constants for 32 bits).
    @inline(__always)
    static func bits(_ rowKey: UInt32, _ upperKey: UInt32, _ column: Int) -> UInt32 {
        mixed((UInt32(truncatingIfNeeded: column) &* 0x9E37_79B9 &+ upperKey) ^ rowKey)
    }

    @inline(__always)
    private static func mixed(_ value: UInt32) -> UInt32 {
        var x = value
        x ^= x &>> 16
        x = x &* 0x7FEB_352D
        x ^= x &>> 15
        x = x &* 0x846C_A68B
        return x ^ (x &>> 16)
    }
}
