internal import CUDA
internal import CUDAKernels
public import Tensors

extension DeviceOperations {
    /// Running means in the device's memory.
    public func resident(_ moments: Moments) -> any ResidentMoments {
        switch moments {
        case .full(let first, let second):
            return DeviceMoments(count: first.count, .full(first: memory(first), second: memory(second)))
        case .eightBit(let first, let second):
            return DeviceMoments(
                count: first.codes.count,
                .eightBit(
                    firstCodes: memory(first.codes), firstScales: memory(first.scales),
                    secondCodes: memory(second.codes), secondScales: memory(second.scales)))
        }
    }

    private func onDevice(_ moments: any ResidentMoments) -> DeviceMoments {
        guard let moments = moments as? DeviceMoments else {
            preconditionFailure("the moments belong to this backend")
        }
        return moments
    }

    /// Running means from the device's memory.
    public func fetch(_ moments: any ResidentMoments) throws -> Moments {
        let moments = onDevice(moments)
        func floats(_ memory: DeviceMemory) throws -> [Float] {
            try download(memory.address, memory.bytes / 4, zero: Float(0))
        }
        func moment(_ codes: DeviceMemory, _ scales: DeviceMemory) throws -> QuantizedMoment {
            let codes = try download(codes.address, moments.count, zero: UInt8(0))
            guard let moment = QuantizedMoment(codes: codes, scales: try floats(scales)) else {
                preconditionFailure("each block has a scale")
            }
            return moment
        }
        switch moments.storage {
        case .full(let first, let second): return .full(first: try floats(first), second: try floats(second))
        case .eightBit(let firstCodes, let firstScales, let secondCodes, let secondScales):
            return .eightBit(
                first: try moment(firstCodes, firstScales), second: try moment(secondCodes, secondScales))
        }
    }

    /// Adds a matrix's squares to a double-precision sum on the device.
    private func addSquares(of x: Matrix, _ partial: DeviceMemory, to sum: UInt64, adding: Bool) {
        launch(.sumOfSquares(x.device.address, count: x.count, partial: partial.address))
        launch(.sumPartial(partial.address, of: x.count, into: sum, adding: adding))
    }

    /// Scales all gradients so that their common norm is `limit`, if it is larger.
    public func clip(_ gradients: [Matrix], to limit: Double?) throws -> Double {
        let partial = memory(KernelLaunch.partialCount * MemoryLayout<Double>.stride)
        let sum = memory([Double(0)])
        for gradient in gradients { addSquares(of: gradient, partial, to: sum.address, adding: true) }
        if let limit {
            for gradient in gradients {
                launch(
                    .clip(
                        gradient.device.address, count: gradient.count, sumOfSquares: sum.address,
                        limit: limit))
            }
        }
        return try download(sum.address, 1, zero: Double(0))[0].squareRoot()
    }

    /// Updates a tensor by one step of AdamW.
    public func update(
        _ parameters: Matrix, _ gradients: Matrix, _ moments: any ResidentMoments, by step: MomentStep
    ) {
        let moments = onDevice(moments)
        precondition(parameters.count == moments.count && gradients.count == moments.count, "the sizes agree")
        // The BF16 copy is made again when a product next needs it.
        parameters.onDevice.compact = nil
        let factors = MomentFactors(
            beta1: step.beta1, beta2: step.beta2, rest1: step.rest1, rest2: step.rest2, kept: step.kept,
            stepSize: step.stepSize, rootCorrection: step.rootCorrection, epsilon: step.epsilon)
        switch moments.storage {
        case .full(let first, let second):
            launch(
                .adamW(
                    parameters: parameters.device.address, gradients: gradients.device.address,
                    first: first.address, second: second.address, count: moments.count, factors))
        case .eightBit(let firstCodes, let firstScales, let secondCodes, let secondScales):
            let tables = codeTables()
            launch(
                .adamW8(
                    parameters: parameters.device.address, gradients: gradients.device.address,
                    firstCodes: firstCodes.address, firstScales: firstScales.address,
                    secondCodes: secondCodes.address, secondScales: secondScales.address,
                    signedCode: tables.signed, unsignedCode: tables.unsigned, count: moments.count, factors))
        }
    }

    /// x moved along a direction, each element within ± epsilon · |x|; see `ResidentOperations`.
    public func moved(_ x: Matrix, along direction: Matrix, rate: Double, epsilon: Float) -> Matrix {
        precondition(x.count == direction.count, "the sizes agree")
        let partial = memory(KernelLaunch.partialCount * MemoryLayout<Double>.stride)
        let squares = memory(2 * MemoryLayout<Double>.stride)
        addSquares(of: direction, partial, to: squares.address, adding: false)
        addSquares(of: x, partial, to: squares.address + 8, adding: false)
        let moved = matrix(rows: x.rowCount, columns: x.columnCount, .full)
        launch(
            .perturb(
                x.device.address, along: direction.device.address, into: moved.device.address, count: x.count,
                squares: squares.address, rate: rate, epsilon: epsilon))
        return moved
    }
}
