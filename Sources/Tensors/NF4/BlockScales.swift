/// The scales of a matrix's blocks, themselves quantized to 8 bits (QLoRA's double quantization), as in bitsandbytes.
///
/// scale = code value · group scale + offset; a group has 256 scales, and the offset is the mean of all.
public struct BlockScales: Sendable, Hashable {
    /// The number of scales that share a group scale.
    package static let groupSize = 256

    /// A code per scale, from `DynamicCode.signed`.
    public let codes: [UInt8]
    /// A scale per group.
    public let groupScales: [Float]
    /// The offset added to each.
    public let offset: Float

    /// Scales from their parts; nil unless there is a scale for each group.
    public init?(codes: [UInt8], groupScales: [Float], offset: Float) {
        guard groupScales.count == (codes.count + Self.groupSize - 1) / Self.groupSize, offset.isFinite else {
            return nil
        }
        self.codes = codes
        self.groupScales = groupScales
        self.offset = offset
    }

    /// Quantizes scales. O(n).
    init(_ scales: [Float]) {
        let offset = TorchSum.mean(scales)
        var codes = [UInt8](repeating: 0, count: scales.count)
        var groupScales: [Float] = []
        for start in stride(from: 0, to: scales.count, by: Self.groupSize) {
            let group = start..<min(start + Self.groupSize, scales.count)
            let largest = group.reduce(Float(0)) { max($0, abs(scales[$1] - offset)) }
            groupScales.append(largest)
            guard largest > 0 else { continue }
            let inverse = 1 / largest
            for index in group { codes[index] = Self.code(of: (scales[index] - offset) * inverse) }
        }
        self.codes = codes
        self.groupScales = groupScales
        self.offset = offset
    }

    /// The scale of a block.
    @inline(__always)
    subscript(block: Int) -> Float {
        DynamicCode.signed.values[Int(codes[block])] * groupScales[block / Self.groupSize] + offset
    }

    /// The code of a value within ±1. bitsandbytes' CPU code looks it up in a table of 2¹⁶ evenly spaced numbers.
    static func code(of value: Float) -> UInt8 {
        let place = (min(max(value, -1), 1) + 1) * 0.5 * 65_535 + 0.5
        return nearestCodes[min(Int(place), 65_535)]
    }

    private static let nearestCodes: [UInt8] = (0..<65_536).map { place in
        DynamicCode.signed.code(of: Float(place) / 65_535 * 2 - 1)
    }
}

/// Sums in the order in which PyTorch adds 32-bit numbers on one thread, so that even the last bit is the same.
///
/// It uses eight lanes with four cascaded accumulators each, so that small numbers are not added to large sums.
enum TorchSum {
    private typealias Lane = SIMD8<Float>
    private static let levels = 4
    private static let columns = 4

    /// The mean of numbers; 0 for none.
    static func mean(_ numbers: [Float]) -> Float {
        numbers.isEmpty ? 0 : sum(numbers) / Float(numbers.count)
    }

    static func sum(_ numbers: [Float]) -> Float {
        let laneCount = numbers.count / 8
        func lane(_ index: Int) -> Lane { Lane(numbers[(index * 8)..<(index * 8 + 8)]) }
        var total: Float = 0
        for index in (laneCount * 8)..<numbers.count { total += numbers[index] }
        let lanes = sum(laneCount, lane)
        for index in 0..<8 { total += lanes[index] }
        return total
    }

    private static func sum(_ count: Int, _ lane: (Int) -> Lane) -> Lane {
        let rows = count / columns
        var logarithm = 0
        while 1 << logarithm < rows { logarithm += 1 }
        let power = max(4, logarithm / levels)
        let step = 1 << power
        var sums = [[Lane]](
            repeating: Array(repeating: Lane(repeating: 0), count: columns), count: levels)
        var row = 0
        func add(_ sums: inout [[Lane]]) {
            for column in 0..<columns { sums[0][column] += lane(row * columns + column) }
            row += 1
        }
        while row + step <= rows {
            for _ in 0..<step { add(&sums) }
            for level in 1..<levels {
                for column in 0..<columns {
                    sums[level][column] += sums[level - 1][column]
                    sums[level - 1][column] = Lane(repeating: 0)
                }
                if row & ((step - 1) << (level * power)) != 0 { break }
            }
        }
        while row < rows { add(&sums) }
        for level in 1..<levels { for column in 0..<columns { sums[0][column] += sums[level][column] } }
        var total = sums[0][0]
        for index in (rows * columns)..<count { total += lane(index) }
        for column in 1..<columns { total += sums[0][column] }
        return total
    }
}
