/// A code of 256 values within ±1 that are dense near 0: bitsandbytes' dynamic data type (Dettmers 2015).
///
/// A value is a power of ten times a fraction; the smaller the power, the fewer bits the fraction has.
public struct DynamicCode: Sendable {
    /// With negative values: for first moments, and for the scales of NF4.
    public static let signed = DynamicCode(isSigned: true)
    /// Without negative values: for second moments.
    package static let unsigned = DynamicCode(isSigned: false)

    /// The 256 values, ascending.
    public let values: [Float]
    /// The midpoints between neighboring values.
    package let bounds: [Float]
    /// For the upper half of a number's bit pattern, the lowest code that the number can have.
    private let firstCodes: [UInt8]

    private init(isSigned: Bool) {
        var values: [Float] = [0, 1]
        for power in 0..<7 {
            let count = 1 << (isSigned ? power : power + 1)
            let boundaries = Self.linearSpace(count + 1)
            let scale = Self.powersOfTen[power]
            for index in 0..<count {
                let mean = (boundaries[index] + boundaries[index + 1]) / 2
                values.append(Float(scale * mean))
                if isSigned { values.append(-Float(scale * mean)) }
            }
        }
        values.sort()
        let bounds = zip(values, values.dropFirst()).map { ($0 + $1) / 2 }
        self.values = values
        self.bounds = bounds
        firstCodes = (0..<(1 << 16)).map { half in
            // The smallest number with these upper bits.
            let pattern = UInt32(half) << 16
            let least = Float(bitPattern: half < 0x8000 ? pattern : pattern | 0xFFFF)
            return least.isNaN ? 0 : Self.code(of: least, bounds)
        }
    }

    /// 10⁻⁶ … 1.
    private static let powersOfTen: [Float] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]

    /// `count` numbers from 0.1 to 1, as torch.linspace computes them: from both ends to the middle.
    private static func linearSpace(_ count: Int) -> [Float] {
        let step = (Float(1) - 0.1) / Float(count - 1)
        return (0..<count).map { index in
            // Rounded once, as in PyTorch.
            index < count / 2
                ? Float(0.1).addingProduct(step, Float(index))
                : Float(1).addingProduct(-step, Float(count - 1 - index))
        }
    }

    private static func code(of value: Float, _ bounds: [Float]) -> UInt8 {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return UInt8(low)
    }

    /// The code of the nearest value; the lower one if two are equally near.
    @inline(__always)
    func code(of value: Float) -> UInt8 {
        // Both tables are complete: 2¹⁶ halves, and 255 bounds below the last code.
        var code = Int(firstCodes[Int(value.bitPattern >> 16)])
        while code < 255 && bounds[code] < value { code += 1 }
        return UInt8(truncatingIfNeeded: code)
    }
}
