/// The targets of rows of logits, in tables.
public struct TargetTable: Sendable {
    /// A row's targets: its classes with their probabilities, and the settings of the whole row.
    public typealias Target = (
        classes: [Int], probabilities: [Double], smoothing: Double, temperature: Double, weight: Double
    )

    /// The start of each row's classes, and the end of the last's.
    public let starts: [Int32]
    /// The classes of all rows.
    public let classes: [Int32]
    /// Their probabilities.
    public let probabilities: [Double]
    /// Smoothing, temperature and weight of each row.
    public let factors: [Double]
    /// The largest number of classes of a row.
    public let largestCount: Int

    /// Tables of targets.
    public init(_ targets: [Target]) {
        var starts: [Int32] = [0]
        for target in targets {
            precondition(target.classes.count == target.probabilities.count, "each class has a probability")
            starts.append(starts[starts.count - 1] + Int32(target.classes.count))
        }
        self.starts = starts
        classes = targets.flatMap { $0.classes.map { Int32($0) } }
        probabilities = targets.flatMap(\.probabilities)
        factors = targets.flatMap { [$0.smoothing, $0.temperature, $0.weight] }
        largestCount = targets.map(\.classes.count).max() ?? 0
    }
}

/// The addresses of a target table's arrays.
public struct TargetAddresses: Sendable {
    let starts: UInt64
    let classes: UInt64
    let probabilities: UInt64
    let factors: UInt64
    let largestCount: Int

    /// Addresses, and the table's largest number of classes of a row.
    public init(starts: UInt64, classes: UInt64, probabilities: UInt64, factors: UInt64, largestCount: Int) {
        self.starts = starts
        self.classes = classes
        self.probabilities = probabilities
        self.factors = factors
        self.largestCount = largestCount
    }
}

extension KernelLaunch {
    /// The maximum number of classes with explicit probabilities in a row's target: as many as fit into shared memory.
    static let largestTargetCount = 12_288

    /// logits ← cap · tanh(logits / cap), in single precision.
    public static func cap(_ logits: UInt64, at cap: Float, count: Int) -> KernelLaunch {
        KernelLaunch(
            "cap_f32", in: .losses, blocks: Geometry.blocks(count: count, step: 1), threads: 256,
            [.address(logits), .float(cap), .count(count)])
    }

    /// The cross entropy of each row (double precision), and the gradient of Σ weight · loss with respect to the logits
    /// before the cap.
    ///
    /// - Parameters:
    ///   - logits: in single precision, after the cap.
    ///   - gradients: may be the logits.
    public static func crossEntropy(
        _ logits: UInt64, cap: Float?, targets: TargetAddresses, losses: UInt64, gradients: DeviceNumbers,
        rows: Int, classes: Int
    ) -> KernelLaunch {
        precondition(targets.largestCount <= largestTargetCount, "the targets fit into shared memory")
        precondition(
            gradients.address != logits || gradients.format == .float32, "gradients fit over the logits")
        return KernelLaunch(
            "cross_entropy_\(gradients.format.suffix)", in: .losses, blocks: rows,
            threads: min(1_024, Geometry.pieces(max(classes, 1), of: 32) * 32),
            sharedBytes: max(targets.largestCount, 1) * 4,
            [
                .address(logits), .int(classes), .float(cap.map { 1 / $0 } ?? 0), .address(targets.starts),
                .address(targets.classes), .address(targets.probabilities), .address(targets.factors),
                .address(losses), gradients.argument,
            ])
    }
}
