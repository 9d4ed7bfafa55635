/// The numbers of a step of AdamW; see `MomentStep` of module Tensors.
public struct MomentFactors: Sendable, Hashable {
    let beta1: Float
    let beta2: Float
    let rest1: Float
    let rest2: Float
    let kept: Float
    let stepSize: Float
    let rootCorrection: Float
    let epsilon: Float

    /// The numbers of a `MomentStep`.
    public init(
        beta1: Float, beta2: Float, rest1: Float, rest2: Float, kept: Float, stepSize: Float,
        rootCorrection: Float, epsilon: Float
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.rest1 = rest1
        self.rest2 = rest2
        self.kept = kept
        self.stepSize = stepSize
        self.rootCorrection = rootCorrection
        self.epsilon = epsilon
    }

    var arguments: [KernelArgument] {
        [beta1, beta2, rest1, rest2, kept, stepSize, rootCorrection, epsilon].map { .float($0) }
    }
}

extension KernelLaunch {
    /// The maximum number of partial sums of `sumOfSquares`.
    public static let partialCount = 1_024

    /// The number of partial sums for `count` numbers: a block sums a few thousand or more.
    private static func partials(of count: Int) -> Int {
        min(max(Geometry.pieces(count, of: 256 * 16), 1), partialCount)
    }

    /// partial ← up to `partialCount` sums (double precision) that add up to Σ x².
    public static func sumOfSquares(_ x: UInt64, count: Int, partial: UInt64) -> KernelLaunch {
        KernelLaunch(
            "sum_of_squares", in: .optimizing, blocks: partials(of: count), threads: 256,
            [.address(x), .count(count), .address(partial)])
    }

    /// sum ← Σ partial, or sum += that, of the partial sums of `count` numbers.
    public static func sumPartial(
        _ partial: UInt64, of count: Int, into sum: UInt64, adding: Bool
    ) -> KernelLaunch {
        KernelLaunch(
            "sum_partial", in: .optimizing, blocks: 1, threads: 256,
            [.address(partial), .int(partials(of: count)), .int(adding ? 1 : 0), .address(sum)])
    }

    private static func elements(_ name: String, count: Int, _ arguments: [KernelArgument]) -> KernelLaunch {
        KernelLaunch(
            name, in: .optimizing, blocks: Geometry.blocks(count: count, step: 1), threads: 256, arguments)
    }

    /// Scales gradients if their norm, whose square is given, exceeds a limit.
    public static func clip(_ gradients: UInt64, count: Int, sumOfSquares: UInt64, limit: Double)
        -> KernelLaunch
    {
        elements(
            "clip_f32", count: count,
            [.address(gradients), .count(count), .address(sumOfSquares), .double(limit)])
    }

    /// A step of AdamW, with moments in single precision.
    public static func adamW(
        parameters: UInt64, gradients: UInt64, first: UInt64, second: UInt64, count: Int,
        _ factors: MomentFactors
    ) -> KernelLaunch {
        elements(
            "adamw", count: count,
            [.address(parameters), .address(gradients), .address(first), .address(second), .count(count)]
                + factors.arguments)
    }

    /// A step of AdamW, with moments in 8 bits; the codes' values are tables of 256.
    public static func adamW8(
        parameters: UInt64, gradients: UInt64, firstCodes: UInt64, firstScales: UInt64, secondCodes: UInt64,
        secondScales: UInt64, signedCode: UInt64, unsignedCode: UInt64, count: Int, _ factors: MomentFactors
    ) -> KernelLaunch {
        KernelLaunch(
            "adamw8", in: .optimizing, blocks: Geometry.pieces(count, of: 256), threads: 256,
            [
                .address(parameters), .address(gradients), .address(firstCodes), .address(firstScales),
                .address(secondCodes), .address(secondScales), .address(signedCode), .address(unsignedCode),
                .count(count),
            ] + factors.arguments)
    }

    /// moved ← weights moved along gradients, each within ± ε |w|; `squares` are the sums of the gradients' and of the
    /// weights' squares.
    public static func perturb(
        _ weights: UInt64, along gradients: UInt64, into moved: UInt64, count: Int, squares: UInt64,
        rate: Double,
        epsilon: Float
    ) -> KernelLaunch {
        elements(
            "perturb", count: count,
            [
                .address(weights), .address(gradients), .address(moved), .count(count), .address(squares),
                .double(rate), .float(epsilon),
            ])
    }
}
