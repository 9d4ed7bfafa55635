/// A running mean in 8 bits: codes by blocks of 256, each with the largest magnitude of its block.
public struct QuantizedMoment: Sendable, Hashable {
    /// Numbers of a block.
    public static let blockSize = 256

    /// A code per number.
    public internal(set) var codes: [UInt8]
    /// A scale per block.
    public internal(set) var scales: [Float]

    /// As many zeros.
    public init(zeros count: Int) {
        codes = Array(repeating: 0, count: count)
        scales = Array(repeating: 0, count: (count + Self.blockSize - 1) / Self.blockSize)
    }

    /// A mean of its parts; nil where there is not a scale per block.
    public init?(codes: [UInt8], scales: [Float]) {
        guard scales.count == (codes.count + Self.blockSize - 1) / Self.blockSize else { return nil }
        self.codes = codes
        self.scales = scales
    }

    /// The numbers.
    public func dequantized(_ code: DynamicCode) -> [Float] {
        codes.indices.map { code.values[Int(codes[$0])] * scales[$0 / Self.blockSize] }
    }
}
