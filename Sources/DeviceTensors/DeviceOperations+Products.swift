internal import CUDA
internal import CUDAKernels
public import Tensors

extension DeviceOperations {
    /// The columns of a matrix from one on, as an operand.
    private func columns(_ x: Matrix, from column: Int, transposed: Bool = false) -> DeviceProduct.Operand {
        precondition(x.device.format == .bfloat16, "products read BF16")
        return DeviceProduct.Operand(
            x.device.address + UInt64(column * 2), stride: x.columnCount, transposed: transposed)
    }

    private func place(_ y: Matrix, _ offset: Int) -> DeviceNumbers {
        DeviceNumbers(
            address: y.device.address + UInt64(offset * y.device.format.size), format: y.device.format)
    }

    private func start(_ product: DeviceProduct) {
        attempt { () throws(DeviceError) in try device.multiply(product) }
    }

    /// y[:, column ..< column + outputs.count] ← scale · x · weight[outputs]ᵀ, optionally added to y.
    public func multiply(
        _ x: Matrix, by weight: WeightMatrix, outputs: Range<Int>, scale: Float, adding: Bool, into y: Matrix,
        column: Int
    ) {
        let inputs = x.columnCount
        precondition(inputs == weight.columnCount && x.rowCount == y.rowCount, "the sizes agree")
        precondition(
            column >= 0 && column + outputs.count <= y.columnCount, "the output has room for every number")
        let x = operand(x)
        let (address, owner) = rows(outputs, of: weight)
        start(
            DeviceProduct(
                rows: x.rowCount, columns: outputs.count, inner: inputs, scale: scale, adds: adding,
                columns(x, from: 0), .init(address, stride: inputs, transposed: true), into: place(y, column),
                stride: y.columnCount))
        withExtendedLifetime((x, owner)) {}
    }

    /// dx ← scale · dy[:, column ..< column + outputs.count] · weight[outputs], optionally added to dx.
    public func multiplyBackward(
        _ dy: Matrix, column: Int, by weight: WeightMatrix, outputs: Range<Int>, scale: Float, adding: Bool,
        into dx: Matrix
    ) {
        let inputs = dx.columnCount
        precondition(inputs == weight.columnCount && dx.rowCount == dy.rowCount, "the sizes agree")
        precondition(column >= 0 && column + outputs.count <= dy.columnCount, "the columns exist")
        let dy = operand(dy)
        let (address, owner) = rows(outputs, of: weight)
        start(
            DeviceProduct(
                rows: dx.rowCount, columns: inputs, inner: outputs.count, scale: scale, adds: adding,
                columns(dy, from: column), .init(address, stride: inputs), into: dx.device, stride: inputs))
        withExtendedLifetime((dy, owner)) {}
    }

    /// gradient[outputs] += scale · dy[:, column ..< column + outputs.count]ᵀ · x.
    public func addWeightGradient(
        _ dy: Matrix, column: Int, outputs: Range<Int>, _ x: Matrix, scale: Float, to gradient: Matrix
    ) {
        let inputs = x.columnCount
        precondition(inputs == gradient.columnCount && x.rowCount == dy.rowCount, "the sizes agree")
        precondition(outputs.lowerBound >= 0 && outputs.upperBound <= gradient.rowCount, "the rows exist")
        precondition(column >= 0 && column + outputs.count <= dy.columnCount, "the columns exist")
        let dy = operand(dy)
        let x = operand(x)
        start(
            DeviceProduct(
                rows: outputs.count, columns: inputs, inner: x.rowCount, scale: scale, adds: true,
                columns(dy, from: column, transposed: true), columns(x, from: 0),
                into: place(gradient, outputs.lowerBound * inputs), stride: inputs))
        withExtendedLifetime((dy, x)) {}
    }

    /// y[:, column ..< column + outputs.count] += bias[outputs], in every row.
    public func addBias(_ bias: Matrix, outputs: Range<Int>, to y: Matrix, column: Int) {
        precondition(column >= 0 && column + outputs.count <= y.columnCount, "the columns exist")
        precondition(outputs.lowerBound >= 0 && outputs.upperBound <= bias.count, "the outputs exist")
        launch(
            .addBias(
                bias.device.address + UInt64(outputs.lowerBound * 4), count: outputs.count, to: y.device,
                rows: y.rowCount, width: y.columnCount, column: column))
    }

    /// gradient += Σ of the rows of dy[:, column ..< column + gradient.columnCount].
    public func addBiasGradient(_ dy: Matrix, column: Int, to gradient: Matrix) {
        let count = gradient.columnCount
        precondition(column >= 0 && column + count <= dy.columnCount, "the columns exist")
        let pieces = KernelLaunch.pieces(rows: dy.rowCount)
        let sums = memory(pieces * count * 4)
        launch(
            .biasGradient(
                dy.device, rows: dy.rowCount, width: dy.columnCount, column: column, count: count,
                sums: sums.address))
        launch(.sumPieces(sums.address, pieces: pieces, count: count, addingTo: gradient.device.address))
    }
}
