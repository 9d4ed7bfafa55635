/// One step of AdamW on a tensor, in PyTorch's order of operations (`torch.optim.AdamW`).
public struct MomentStep: Sendable {
    package let beta1: Float
    package let beta2: Float
    package let rest1: Float
    package let rest2: Float
    package let kept: Float
    package let stepSize: Float
    package let rootCorrection: Float
    package let epsilon: Float

    /// - Parameters:
    /// - step: the number of the step, counting from 1.
    /// - weightDecay: the share of a weight that is subtracted, times the learning rate.
    public init(
        step: Int, learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double
    ) {
        self.beta1 = Float(beta1)
        self.beta2 = Float(beta2)
        rest1 = Float(1 - beta1)
        rest2 = Float(1 - beta2)
        kept = Float(1 - learningRate * weightDecay)
        stepSize = Float(learningRate / (1 - Self.power(beta1, step)))
        rootCorrection = Float((1 - Self.power(beta2, step)).squareRoot())
        self.epsilon = Float(epsilon)
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        var square = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result *= square }
            square *= square
            rest >>= 1
        }
        return result
    }

    @inline(__always)
    private func move(
        _ parameter: inout Float, _ gradient: Float, _ first: inout Float, _ second: inout Float
    ) {
        first = beta1 * first + rest1 * gradient
        second = beta2 * second + rest2 * gradient * gradient
        parameter = parameter * kept - stepSize * first / (second.squareRoot() / rootCorrection + epsilon)
    }

    /// Updates a tensor's parameters, with optimizer state in full precision. O(n).
    ///
    /// - Parameters:
    /// - parameters: all parameters.
    /// - gradients: their gradients.
    /// - range: the tensor's range in both; `first` and `second` have its length.
    public func update(
        _ parameters: inout [Float], _ gradients: [Float], in range: Range<Int>, first: inout [Float],
        second: inout [Float]
    ) {
        precondition(first.count == range.count && second.count == range.count, "each number has a moment")
        precondition(range.upperBound <= parameters.count && parameters.count == gradients.count)
        parameters.withUnsafeMutableBufferPointer { parameters in
            first.withUnsafeMutableBufferPointer { first in
                second.withUnsafeMutableBufferPointer { second in
                    gradients.withUnsafeBufferPointer { gradients in
                        // The preconditions ensure that every index is within its buffer.
                        for index in 0..<range.count {
                            move(
                                &parameters[range.lowerBound + index], gradients[range.lowerBound + index],
                                &first[index], &second[index])
                        }
                    }
                }
            }
        }
    }

    /// Updates a tensor's parameters, with 8-bit optimizer state: each block is decoded, updated and encoded again.
    /// O(n).
    public func update(
        _ parameters: inout [Float], _ gradients: [Float], in range: Range<Int>,
        first: inout QuantizedMoment, second: inout QuantizedMoment
    ) {
        precondition(
            first.codes.count == range.count && second.codes.count == range.count, "each number has a moment")
        precondition(range.upperBound <= parameters.count && parameters.count == gradients.count)
        let size = QuantizedMoment.blockSize
        var means = [Float](repeating: 0, count: size)
        var squares = [Float](repeating: 0, count: size)
        for block in first.scales.indices {
            let start = block * size
            let count = min(size, range.count - start)
            var largestMean: Float = 0
            var largestSquare: Float = 0
            let scales = (first.scales[block], second.scales[block])
            for index in 0..<count {
                var mean = DynamicCode.signed.values[Int(first.codes[start + index])] * scales.0
                var square = DynamicCode.unsigned.values[Int(second.codes[start + index])] * scales.1
                let place = range.lowerBound + start + index
                move(&parameters[place], gradients[place], &mean, &square)
                means[index] = mean
                squares[index] = square
                largestMean = max(largestMean, abs(mean))
                largestSquare = max(largestSquare, square)
            }
            first.scales[block] = largestMean
            second.scales[block] = largestSquare
            // bitsandbytes multiplies by the inverse, and avoids dividing by 0.
            let inverses = (1 / max(largestMean, 1e-38), 1 / max(largestSquare, 1e-38))
            for index in 0..<count {
                first.codes[start + index] = DynamicCode.signed.code(of: means[index] * inverses.0)
                // If a mean square became 0, the next step would divide by 0.
                let code = DynamicCode.unsigned.code(of: squares[index] * inverses.1)
                second.codes[start + index] = code == 0 && squares[index] > 0 ? 1 : code
            }
        }
    }

    /// The Euclidean norm; summed in double precision, so that the order hardly matters. O(n).
    public static func norm(_ numbers: [Float]) -> Double {
        var sum = 0.0
        for number in numbers { sum += Double(number) * Double(number) }
        return sum.squareRoot()
    }

    /// Scales all numbers. O(n).
    public static func scale(_ numbers: inout [Float], by factor: Float) {
        for index in numbers.indices { numbers[index] *= factor }
    }
}
