internal import CUDA
internal import CUDAKernels
public import Tensors

extension DeviceOperations {
    /// Rows of a weight matrix, scaled, in full precision.
    public func embed(_ tokens: [Int], _ weight: WeightMatrix, scale: Float) -> Matrix {
        precondition(tokens.allSatisfy { $0 >= 0 && $0 < weight.rowCount }, "the rows exist")
        let columns = weight.columnCount
        let y = matrix(rows: tokens.count, columns: columns, .full)
        func embed(_ numbers: DeviceNumbers) {
            launch(
                .embed(
                    tokens: indices(tokens), weight: numbers, scale: scale, into: y.device,
                    rows: tokens.count,
                    columns: columns))
        }
        switch weight.storage {
        case .float32(let matrix): embed(matrix.device)
        case .compact(let compact):
            guard let compact = compact as? DeviceWeight else {
                preconditionFailure("the weight belongs to this backend")
            }
            if case .bfloat16(let memory) = compact.elements {
                embed(DeviceNumbers(address: memory.address, format: .bfloat16))
            } else {
                launch(
                    .embedNF4(
                        tokens: indices(tokens), weight: nf4(compact), scale: scale, into: y.device,
                        rows: tokens.count, columns: columns))
            }
        }
        return y
    }

    /// gradient[tokens[i]] += scale · dy[i], in the order of i.
    public func addEmbeddingGradient(_ dy: Matrix, _ tokens: [Int], scale: Float, to gradient: Matrix) {
        scatter(dy, tokens, scale: scale, addingTo: gradient)
    }

    /// Some rows of a matrix, in its precision.
    public func gather(_ x: Matrix, rows: [Int]) -> Matrix {
        precondition(rows.allSatisfy { $0 >= 0 && $0 < x.rowCount }, "the rows exist")
        let y = matrix(rows: rows.count, columns: x.columnCount, x.device.format)
        launch(
            .gather(x.device, rows: indices(rows), count: rows.count, into: y.device, columns: x.columnCount))
        return y
    }

    /// x[rows[i]] += y[i], in the order of i.
    public func scatter(_ y: Matrix, rows: [Int], addingTo x: Matrix) {
        scatter(y, rows, scale: 1, addingTo: x)
    }

    private func scatter(_ y: Matrix, _ rows: [Int], scale: Float, addingTo x: Matrix) {
        precondition(rows.allSatisfy { $0 >= 0 && $0 < x.rowCount }, "the rows exist")
        precondition(rows.count == y.rowCount && y.columnCount == x.columnCount, "the sizes agree")
        let plan = ScatterPlan(targets: rows)
        let (order, starts, targets) = (memory(plan.order), memory(plan.starts), memory(plan.targets))
        let addresses = ScatterPlanAddresses(
            order: order.address, starts: starts.address, targets: targets.address,
            targetCount: plan.targetCount)
        launch(.scatter(y.device, addresses, scale: scale, addingTo: x.device, columns: x.columnCount))
        withExtendedLifetime((order, starts, targets)) {}
    }

    /// The rows of x, with all rows of a prefix inserted before each sequence.
    public func prepend(_ prefix: Matrix, to x: Matrix, starts: [Int]) -> Matrix {
        precondition(starts.first == 0 && starts.last == x.rowCount, "sequences cover the rows")
        precondition(prefix.columnCount == x.columnCount, "the sizes agree")
        let rows = x.rowCount + (starts.count - 1) * prefix.rowCount
        let y = matrix(rows: rows, columns: x.columnCount, .compact)
        let sources = memory(KernelLaunch.prependSources(prefixRows: prefix.rowCount, starts: starts))
        launch(
            .prepend(
                prefix: prefix.device.address, x: x.device.address, sources: sources.address, rows: rows,
                columns: x.columnCount, into: y.device.address))
        withExtendedLifetime(sources) {}
        return y
    }

    /// x += y.
    public func add(_ y: Matrix, to x: Matrix) {
        precondition(x.rowCount == y.rowCount && x.columnCount == y.columnCount, "the sizes agree")
        launch(.add(y.device, to: x.device, count: x.count))
    }

    /// A copy of x in which each element is dropped with a probability p, and the others are divided by 1 − p.
    public func drop(_ x: Matrix, positions: [Int], _ dropout: Dropout) -> Matrix {
        precondition(positions.count == x.rowCount, "each row has a position")
        let y = matrix(rows: x.rowCount, columns: x.columnCount, x.device.format)
        launch(
            .drop(
                x.device, positions: indices(positions), probability: dropout.probability, key: dropout.key,
                into: y.device, rows: x.rowCount, columns: x.columnCount))
        return y
    }

    /// dx += dy where `drop` kept an element, with the same factor.
    public func dropBackward(_ dy: Matrix, positions: [Int], _ dropout: Dropout, addingTo dx: Matrix) {
        precondition(dx.rowCount == dy.rowCount && dx.columnCount == dy.columnCount, "the sizes agree")
        precondition(positions.count == dy.rowCount, "each row has a position")
        launch(
            .dropBackward(
                dy.device, positions: indices(positions), probability: dropout.probability, key: dropout.key,
                addingTo: dx.device, rows: dx.rowCount, columns: dx.columnCount))
    }
}
