/// The parts of a matrix of 4-bit weights; see `NF4Matrix` of module Tensors.
public struct NF4Weights: Sendable {
    let codes: UInt64
    let scaleCodes: UInt64
    let groupScales: UInt64
    let offset: Float
    let signedCode: UInt64

    /// - Parameter signedCode: the 256 values of the scales' codes.
    public init(codes: UInt64, scaleCodes: UInt64, groupScales: UInt64, offset: Float, signedCode: UInt64) {
        self.codes = codes
        self.scaleCodes = scaleCodes
        self.groupScales = groupScales
        self.offset = offset
        self.signedCode = signedCode
    }

    var arguments: [KernelArgument] {
        [.address(codes), .address(scaleCodes), .address(groupScales), .float(offset), .address(signedCode)]
    }
}

extension KernelLaunch {
    /// y ← some elements of a matrix, counted row by row.
    public static func expand(_ weights: NF4Weights, elements: Range<Int>, into y: DeviceNumbers)
        -> KernelLaunch
    {
        KernelLaunch(
            "expand_nf4_\(y.format.suffix)", in: .nf4,
            blocks: min(Geometry.pieces(elements.count, of: 256 * 32), 1_056),
            threads: 256,
            weights.arguments + [.count(elements.lowerBound), .count(elements.count), y.argument])
    }

    /// y[i] ← scale · weight[tokens[i]].
    public static func embedNF4(
        tokens: UInt64, weight: NF4Weights, scale: Float, into y: DeviceNumbers, rows: Int, columns: Int
    ) -> KernelLaunch {
        KernelLaunch(
            "embed_nf4_\(y.format.suffix)", in: .nf4, blocks: rows, threads: 256,
            weight.arguments + [.address(tokens), .float(scale), y.argument, .int(columns)])
    }
}
