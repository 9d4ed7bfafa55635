/// A running mean in 8 bits: codes in blocks of 256, each scaled by the largest magnitude in its block.
public struct QuantizedMoment: Sendable, Hashable {
    /// The number of elements in a block.
    static let blockSize = 256

    /// A code per element.
    public internal(set) var codes: [UInt8]
    /// A scale per block.
    public internal(set) var scales: [Float]

    /// Zeros.
    public init(zeros count: Int) {
        codes = Array(repeating: 0, count: count)
        scales = Array(repeating: 0, count: (count + Self.blockSize - 1) / Self.blockSize)
    }

    /// A mean from its parts; nil unless there is a scale per block.
    public init?(codes: [UInt8], scales: [Float]) {
        guard scales.count == (codes.count + Self.blockSize - 1) / Self.blockSize else { return nil }
        self.codes = codes
        self.scales = scales
    }

    /// The decoded numbers.
    public func dequantized(_ code: DynamicCode) -> [Float] {
        codes.indices.map { code.values[Int(codes[$0])] * scales[$0 / Self.blockSize] }
    }
}
