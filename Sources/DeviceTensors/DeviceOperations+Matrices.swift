internal import CUDA
internal import CUDAKernels
public import Tensors

extension DeviceOperations {
    /// A share of the free memory: gradients, panels of weights and a layer's own matrices need the rest.
    public var activationBytes: Int {
        if let activationLimit { return activationLimit }
        var free = 0
        attempt { () throws(DeviceError) in free = try device.memory().free }
        return free / 2
    }

    /// The size of a BF16 number in bytes.
    public var compactSize: Int { NumberFormat.bfloat16.size }

    func matrix(rows: Int, columns: Int, _ format: NumberFormat) -> Matrix {
        Matrix(
            rows: rows, columns: columns, storage: DeviceStorage(memory(rows * columns * format.size), format)
        )
    }

    /// A matrix with undefined elements.
    public func matrix(rows: Int, columns: Int, _ precision: MatrixPrecision) -> Matrix {
        matrix(rows: rows, columns: columns, precision == .full ? NumberFormat.float32 : .bfloat16)
    }

    /// A matrix of zeros, in full precision.
    public func zeros(rows: Int, columns: Int) -> Matrix {
        let matrix = matrix(rows: rows, columns: columns, .full)
        attempt { () throws(DeviceError) in try device.clear(matrix.device.address, bytes: matrix.count * 4) }
        return matrix
    }

    /// A matrix of the given numbers, row by row, in full precision.
    public func matrix(rows: Int, columns: Int, _ numbers: some Collection<Float>) -> Matrix {
        precondition(numbers.count == rows * columns, "the numbers fill the matrix")
        let matrix = matrix(rows: rows, columns: columns, .full)
        upload(Array(numbers), to: matrix.device.address)
        return matrix
    }

    /// A copy.
    public func copy(_ x: Matrix) -> Matrix {
        let y = matrix(rows: x.rowCount, columns: x.columnCount, x.device.format)
        attempt { () throws(DeviceError) in
            try device.copy(x.device.address, to: y.device.address, bytes: x.count * x.device.format.size)
        }
        return y
    }

    /// The matrix in BF16: x itself if it has that format.
    public func operand(_ x: Matrix) -> Matrix {
        guard x.device.format == .float32 else { return x }
        let y = matrix(rows: x.rowCount, columns: x.columnCount, .compact)
        launch(.convert(x.device, to: y.device, count: x.count))
        return y
    }

    /// The matrix in the processor's memory, in single precision.
    public func fetch(_ x: Matrix) throws -> Matrix {
        var source = x
        if x.device.format == .bfloat16 {
            source = matrix(rows: x.rowCount, columns: x.columnCount, .full)
            launch(.convert(x.device, to: source.device, count: x.count))
        }
        return Matrix(
            rows: x.rowCount, columns: x.columnCount,
            try download(source.device.address, x.count, zero: Float(0)))
    }

    /// A frozen weight on the device: NF4 stays NF4, anything else becomes BF16.
    public func weight(_ weight: WeightMatrix) -> WeightMatrix {
        let count = weight.rowCount * weight.columnCount
        func placed(_ elements: DeviceWeight.Elements) -> WeightMatrix {
            WeightMatrix(
                DeviceWeight(rowCount: weight.rowCount, columnCount: weight.columnCount, elements: elements))
        }
        if case .compact(let matrix as NF4Matrix) = weight.storage {
            return placed(
                .nf4(
                    codes: memory(matrix.codes), scaleCodes: memory(matrix.scales.codes),
                    groupScales: memory(matrix.scales.groupScales), offset: matrix.scales.offset))
        }
        if case .compact(let matrix as BFloat16Matrix) = weight.storage {
            return placed(.bfloat16(memory(matrix.bits)))
        }
        let target = memory(count * NumberFormat.bfloat16.size)
        // A few rows at a time, so that the whole matrix is never on the device in single precision.
        let step = max(1, (16 << 20) / max(weight.columnCount, 1))
        for first in stride(from: 0, to: weight.rowCount, by: step) {
            let rows = first..<min(first + step, weight.rowCount)
            let part = matrix(rows: rows.count, columns: weight.columnCount, weight.floats(rows: rows))
            let place = target.address + UInt64(rows.lowerBound * weight.columnCount * 2)
            launch(
                .convert(part.device, to: DeviceNumbers(address: place, format: .bfloat16), count: part.count)
            )
        }
        return placed(.bfloat16(target))
    }

    /// Some rows of a weight in BF16, and the owner of their memory.
    func rows(_ rows: Range<Int>, of weight: WeightMatrix) -> (address: UInt64, owner: DeviceMemory) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= weight.rowCount, "the rows exist")
        let elements = rows.lowerBound * weight.columnCount..<rows.upperBound * weight.columnCount
        let offset = UInt64(elements.lowerBound * 2)
        switch weight.storage {
        case .float32(let matrix):
            let storage = matrix.onDevice
            let memory = storage.compact ?? self.memory(matrix.count * 2)
            if storage.compact == nil {
                launch(
                    .convert(
                        matrix.device, to: DeviceNumbers(address: memory.address, format: .bfloat16),
                        count: matrix.count))
                storage.compact = memory
            }
            return (memory.address + offset, memory)
        case .compact(let compact):
            guard let compact = compact as? DeviceWeight else {
                preconditionFailure("the weight belongs to this backend")
            }
            switch compact.elements {
            case .bfloat16(let memory): return (memory.address + offset, memory)
            case .nf4:
                let panel = memory(elements.count * 2)
                launch(
                    .expand(
                        nf4(compact), elements: elements,
                        into: DeviceNumbers(address: panel.address, format: .bfloat16)))
                return (panel.address, panel)
            }
        }
    }

    /// A 4-bit weight in the kernels' layout.
    func nf4(_ weight: DeviceWeight) -> NF4Weights {
        guard case .nf4(let codes, let scaleCodes, let groupScales, let offset) = weight.elements else {
            preconditionFailure("the weight has 4 bits")
        }
        return NF4Weights(
            codes: codes.address, scaleCodes: scaleCodes.address, groupScales: groupScales.address,
            offset: offset,
            signedCode: codeTables().signed)
    }
}
