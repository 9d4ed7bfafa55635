internal import CUDA
internal import CUDAKernels
public import Tensors

extension DeviceOperations {
    // MARK: Norms

    /// y ← gain ∘ x / √(mean x² + ε), row by row, optionally added to y.
    public func normalize(_ x: Matrix, gain: Matrix, epsilon: Float, adding: Bool, into y: Matrix) {
        precondition(gain.count == x.columnCount && y.columnCount == x.columnCount, "the sizes agree")
        precondition(x.rowCount == y.rowCount, "the sizes agree")
        launch(
            .normalize(
                x.device, gain: gain.device.address, epsilon: epsilon, adding: adding, into: y.device,
                rows: x.rowCount, columns: x.columnCount))
    }

    /// The backward pass of `normalize`: sets dx or adds to it, and adds to the gain's gradient if requested.
    public func normalizeBackward(
        _ x: Matrix, gain: Matrix, epsilon: Float, _ dy: Matrix, adding: Bool, into dx: Matrix,
        gainGradient: Matrix?
    ) {
        let columns = x.columnCount
        precondition(gain.count == columns && dy.columnCount == columns, "the sizes agree")
        precondition(dx.columnCount == columns && dx.rowCount == x.rowCount, "the sizes agree")
        precondition(dy.rowCount == x.rowCount, "the sizes agree")
        let sums = gainGradient.map { _ in memory(KernelLaunch.pieces(rows: x.rowCount) * columns * 4) }
        launch(
            .normalizeBackward(
                x.device, gain: gain.device.address, epsilon: epsilon, dy.device, adding: adding,
                into: dx.device,
                gainSums: sums?.address, rows: x.rowCount, columns: columns))
        finish(sums, x.rowCount, gainGradient)
    }

    private func finish(_ sums: DeviceMemory?, _ rows: Int, _ gradient: Matrix?) {
        guard let sums, let gradient else { return }
        launch(
            .sumPieces(
                sums.address, pieces: KernelLaunch.pieces(rows: rows), count: gradient.count,
                addingTo: gradient.device.address))
    }

    /// A copy of x in which each head of the first columns is normalized separately.
    public func normalizeHeads(_ x: Matrix, columns: Range<Int>, gain: Matrix, epsilon: Float) -> Matrix {
        let y = matrix(rows: x.rowCount, columns: x.columnCount, .compact)
        launch(
            .normalizeHeads(
                x.device.address, into: y.device.address, rows: x.rowCount, width: x.columnCount,
                heads: heads(columns, of: x, size: gain.count), headSize: gain.count,
                gain: gain.device.address,
                epsilon: epsilon))
        return y
    }

    /// Replaces the gradient of the output of `normalizeHeads` with that of its input, and adds the gain's gradient if requested.
    public func normalizeHeadsBackward(
        _ x: Matrix, columns: Range<Int>, gain: Matrix, epsilon: Float, _ dy: Matrix, gainGradient: Matrix?
    ) {
        precondition(dy.rowCount == x.rowCount && dy.columnCount == x.columnCount, "the sizes agree")
        let sums = gainGradient.map { _ in memory(KernelLaunch.pieces(rows: x.rowCount) * gain.count * 4) }
        launch(
            .normalizeHeadsBackward(
                x.device.address, dy.device.address, rows: x.rowCount, width: x.columnCount,
                heads: heads(columns, of: x, size: gain.count), headSize: gain.count,
                gain: gain.device.address,
                epsilon: epsilon, gainSums: sums?.address))
        finish(sums, x.rowCount, gainGradient)
    }

    /// The number of heads in the first columns.
    private func heads(_ columns: Range<Int>, of x: Matrix, size: Int) -> Int {
        precondition(
            columns.lowerBound == 0 && columns.upperBound <= x.columnCount, "heads are the first columns")
        precondition(size > 0 && columns.count % size == 0, "the columns are whole heads")
        precondition(x.device.format == .bfloat16, "heads are in BF16")
        return columns.count / size
    }

    // MARK: Attention

    /// Rotates the pairs (i, i + headSize / 2) of each head by the angles of the row's position, or back.
    public func rotate(_ x: Matrix, columns: Range<Int>, rows: [Int], angles: RotaryAngles, back: Bool) {
        precondition(rows.count == x.rowCount, "each row has a position")
        precondition(rows.allSatisfy { $0 >= 0 && $0 < angles.positionCount }, "the positions exist")
        launch(
            .rotate(
                x.device.address, rows: x.rowCount, width: x.columnCount,
                heads: heads(columns, of: x, size: angles.headSize), headSize: angles.headSize,
                places: indices(rows), angles: table(of: angles), back: back))
    }

    /// The output of attention and, for the backward pass, the logarithms of the softmax denominators.
    public func attend(
        _ queries: Matrix, _ keysValues: Matrix, _ shape: AttentionShape, _ spans: [AttentionSpan]
    ) -> (output: Matrix, logarithms: Matrix) {
        precondition(queries.columnCount == shape.queryWidth, "the sizes agree")
        precondition(keysValues.columnCount == 2 * shape.keyWidth, "the sizes agree")
        let (plan, tables) = plan(shape, spans, rows: queries.rowCount)
        let output = matrix(rows: queries.rowCount, columns: shape.queryWidth, .compact)
        let logarithms = matrix(rows: shape.headCount, columns: queries.rowCount, .full)
        launch(
            .attend(
                plan, tables: tables.tables.address, places: tables.places.address,
                queries: queries.device.address, keysValues: keysValues.device.address,
                output: output.device.address, logarithms: logarithms.device.address))
        return (output, logarithms)
    }

    /// Overwrites the gradients of queries, keys and values.
    public func attendBackward(
        _ queries: Matrix, _ keysValues: Matrix, _ shape: AttentionShape, _ spans: [AttentionSpan],
        output: Matrix, logarithms: Matrix, _ dOutput: Matrix, dQueries: Matrix, dKeysValues: Matrix
    ) {
        let (plan, tables) = plan(shape, spans, rows: queries.rowCount)
        let deltas = matrix(rows: shape.headCount, columns: queries.rowCount, .full)
        let launches = KernelLaunch.attendBackward(
            plan, tables: tables.tables.address, places: tables.places.address,
            queries: queries.device.address,
            keysValues: keysValues.device.address, output: output.device.address,
            logarithms: logarithms.device.address, dOutput: dOutput.device.address,
            dQueries: dQueries.device.address, dKeysValues: dKeysValues.device.address,
            deltas: deltas.device.address)
        for part in launches { launch(part) }
        withExtendedLifetime(deltas) {}
    }

    // MARK: Feed-forward layers

    /// activation(x[:, ..< F]) ∘ x[:, F...], where x is (T, 2 F).
    public func gate(_ x: Matrix, _ activation: GateActivation) -> Matrix {
        let y = matrix(rows: x.rowCount, columns: x.columnCount / 2, .compact)
        launch(
            .gate(
                x.device.address, activation: activation.kernel, into: y.device.address, rows: x.rowCount,
                width: y.columnCount))
        return y
    }

    /// Replaces x with its gradient.
    public func gateBackward(_ x: Matrix, _ activation: GateActivation, _ dy: Matrix) {
        precondition(x.rowCount == dy.rowCount && x.columnCount == 2 * dy.columnCount, "the sizes agree")
        launch(
            .gateBackward(
                x.device.address, activation: activation.kernel, dy.device.address, rows: x.rowCount,
                width: dy.columnCount))
    }

    // MARK: Losses

    /// Replaces logits by cap · tanh(logit / cap).
    public func cap(_ logits: Matrix, at cap: Float) {
        launch(.cap(logits.device.address, at: cap, count: logits.count))
    }

    /// The cross entropy of each row against its target; see `FusedOperations`.
    public func crossEntropy(_ logits: Matrix, _ targets: [SoftTarget], cap: Float?) throws -> [Double] {
        precondition(targets.count == logits.rowCount, "each row has a target")
        for target in targets {
            precondition(
                target.classes.allSatisfy { $0 >= 0 && $0 < logits.columnCount }, "the classes exist")
        }
        let table = TargetTable(
            targets.map {
                (
                    classes: $0.classes, probabilities: $0.probabilities, smoothing: $0.smoothing,
                    temperature: $0.temperature, weight: $0.weight
                )
            })
        let (starts, classes) = (memory(table.starts), memory(table.classes))
        let (probabilities, factors) = (memory(table.probabilities), memory(table.factors))
        let losses = memory(targets.count * MemoryLayout<Double>.stride)
        launch(
            .crossEntropy(
                logits.device.address, cap: cap,
                targets: TargetAddresses(
                    starts: starts.address, classes: classes.address, probabilities: probabilities.address,
                    factors: factors.address, largestCount: table.largestCount),
                losses: losses.address, gradients: logits.device, rows: logits.rowCount,
                classes: logits.columnCount))
        withExtendedLifetime((starts, classes, probabilities, factors)) {}
        return try download(losses.address, targets.count, zero: Double(0))
    }
}

extension GateActivation {
    /// The corresponding case for kernels.
    fileprivate var kernel: KernelActivation { self == .gelu ? .gelu : .silu }
}
