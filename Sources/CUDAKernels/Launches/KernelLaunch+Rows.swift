/// The addresses of a scatter plan's tables.
public struct ScatterPlanAddresses: Sendable {
    let order: UInt64
    let starts: UInt64
    let targets: UInt64
    let targetCount: Int

    /// Addresses, and the plan's number of targets.
    public init(order: UInt64, starts: UInt64, targets: UInt64, targetCount: Int) {
        self.order = order
        self.starts = starts
        self.targets = targets
        self.targetCount = targetCount
    }
}

/// Which rows are added to which, grouped by target, so that each target has one writer, which adds rows in order.
public struct ScatterPlan: Sendable {
    /// The rows, by target.
    public let order: [Int32]
    /// The start of each target's rows in `order`, and the end of the last's.
    public let starts: [Int32]
    /// The targets, ascending.
    public let targets: [Int32]
    /// The number of different targets.
    public var targetCount: Int { targets.count }

    /// A plan for adding row i to row targets[i].
    public init(targets rows: [Int]) {
        let sorted = rows.indices.sorted { (rows[$0], $0) < (rows[$1], $1) }
        var starts: [Int32] = []
        var targets: [Int32] = []
        for (place, row) in sorted.enumerated() where targets.last.map({ Int($0) }) != rows[row] {
            starts.append(Int32(place))
            targets.append(Int32(rows[row]))
        }
        order = sorted.map { Int32($0) }
        self.starts = starts + [Int32(rows.count)]
        self.targets = targets
    }
}

extension KernelLaunch {
    private static func pair(_ name: String, _ x: DeviceNumbers, _ y: DeviceNumbers) -> String {
        "\(name)_\(x.format.suffix)_\(y.format.suffix)"
    }

    private static func elements(_ name: String, count: Int, step: Int, _ arguments: [KernelArgument])
        -> KernelLaunch
    {
        KernelLaunch(
            name, in: .rows, blocks: Geometry.blocks(count: count, step: step), threads: 256,
            arguments + [.count(count)])
    }

    /// y ← x.
    public static func convert(_ x: DeviceNumbers, to y: DeviceNumbers, count: Int) -> KernelLaunch {
        elements(pair("convert", x, y), count: count, step: Geometry.step(count), [x.argument, y.argument])
    }

    /// x ← factor · x, in single precision.
    public static func scale(_ x: UInt64, by factor: Float, count: Int) -> KernelLaunch {
        elements("scale_f32", count: count, step: 1, [.address(x), .float(factor)])
    }

    /// x += y.
    public static func add(_ y: DeviceNumbers, to x: DeviceNumbers, count: Int) -> KernelLaunch {
        elements(pair("add", y, x), count: count, step: Geometry.step(count), [y.argument, x.argument])
    }

    private static func rows(_ name: String, _ rows: Int, columns: Int, _ arguments: [KernelArgument])
        -> KernelLaunch
    {
        KernelLaunch(
            name, in: .rows, blocks: rows, threads: Geometry.threads(columns: columns),
            arguments + [.int(columns)])
    }

    /// y[i] ← scale · weight[tokens[i]].
    public static func embed(
        tokens: UInt64, weight: DeviceNumbers, scale: Float, into y: DeviceNumbers, rows: Int, columns: Int
    ) -> KernelLaunch {
        self.rows(
            pair("take_rows", weight, y), rows, columns: columns,
            [weight.argument, .address(tokens), .float(scale), y.argument])
    }

    /// y[i] ← x[rows[i]], for `count` rows.
    public static func gather(
        _ x: DeviceNumbers, rows: UInt64, count: Int, into y: DeviceNumbers, columns: Int
    ) -> KernelLaunch {
        embed(tokens: rows, weight: x, scale: 1, into: y, rows: count, columns: columns)
    }

    /// x[targets[i]] += scale · y[i], in the order of i.
    public static func scatter(
        _ y: DeviceNumbers, _ plan: ScatterPlanAddresses, scale: Float, addingTo x: DeviceNumbers,
        columns: Int
    ) -> KernelLaunch {
        rows(
            pair("scatter", y, x), plan.targetCount, columns: columns,
            [
                y.argument, .address(plan.order), .address(plan.starts), .address(plan.targets),
                .float(scale),
                x.argument,
            ])
    }

    /// For each row of the result of `prepend`, its row in x, or −1 − its row in the prefix.
    public static func prependSources(prefixRows: Int, starts: [Int]) -> [Int32] {
        zip(starts, starts.dropFirst()).flatMap { start, end in
            (0..<prefixRows).map { Int32(-1 - $0) } + (start..<end).map { Int32($0) }
        }
    }

    /// The rows of x, with those of a prefix before each sequence, in BF16.
    public static func prepend(
        prefix: UInt64, x: UInt64, sources: UInt64, rows: Int, columns: Int, into y: UInt64
    ) -> KernelLaunch {
        self.rows(
            "prepend_bf16", rows, columns: columns,
            [.address(prefix), .address(x), .address(sources), .address(y)])
    }

    /// y[:, column ..< column + count] += bias, in each of the rows, which start `width` numbers apart.
    public static func addBias(
        _ bias: UInt64, count: Int, to y: DeviceNumbers, rows: Int, width: Int, column: Int
    ) -> KernelLaunch {
        KernelLaunch(
            "add_bias_\(y.format.suffix)", in: .rows, blocks: rows, threads: Geometry.threads(columns: count),
            [.address(bias), .int(count), y.argument, .int(width), .int(column)])
    }

    /// The number of pieces of 32 rows; some kernels write a sum for each, to be added up by `sumPieces`.
    public static func pieces(rows: Int) -> Int { Geometry.pieces(rows, of: 32) }

    /// sums[piece] ← Σ dy[rows of the piece, column ..< column + count].
    public static func biasGradient(
        _ dy: DeviceNumbers, rows: Int, width: Int, column: Int, count: Int, sums: UInt64
    ) -> KernelLaunch {
        KernelLaunch(
            "bias_gradient_\(dy.format.suffix)", in: .rows, blocks: pieces(rows: rows),
            threads: Geometry.threads(columns: count),
            [dy.argument, .int(rows), .int(width), .int(column), .int(count), .address(sums)])
    }

    /// gradient += Σ of the pieces' sums, in order.
    public static func sumPieces(_ sums: UInt64, pieces: Int, count: Int, addingTo gradient: UInt64)
        -> KernelLaunch
    {
        KernelLaunch(
            "sum_pieces", in: .rows, blocks: Geometry.pieces(count, of: 128), threads: 128,
            [.address(sums), .int(pieces), .int(count), .address(gradient)])
    }

    private static func dropped(
        _ name: String, _ x: DeviceNumbers, _ positions: UInt64, _ probability: Double, _ key: UInt64,
        _ y: DeviceNumbers, _ rows: Int, _ columns: Int
    ) -> KernelLaunch {
        precondition(probability >= 0 && probability < 1, "not everything is dropped")
        // As in `Dropout` of module Tensors.
        let threshold = UInt32(probability * 0x1p32)
        return self.rows(
            pair(name, x, y), rows, columns: columns,
            [
                x.argument, .address(positions), .bits(key), .int(Int32(bitPattern: threshold)),
                .float(Float(1 / (1 - probability))), y.argument,
            ])
    }

    /// y ← x with each element dropped with a probability; what is dropped depends on the key, the row's position and the
    /// column.
    public static func drop(
        _ x: DeviceNumbers, positions: UInt64, probability: Double, key: UInt64, into y: DeviceNumbers,
        rows: Int,
        columns: Int
    ) -> KernelLaunch {
        dropped("drop", x, positions, probability, key, y, rows, columns)
    }

    /// dx += dy if `drop` kept the element.
    public static func dropBackward(
        _ dy: DeviceNumbers, positions: UInt64, probability: Double, key: UInt64, addingTo dx: DeviceNumbers,
        rows: Int, columns: Int
    ) -> KernelLaunch {
        dropped("drop_backward", dy, positions, probability, key, dx, rows, columns)
    }
}
