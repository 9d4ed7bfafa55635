internal import Checkpoints
internal import Glibc

extension ModelConfiguration {
    /// The rotary frequencies of the pairs of a head, in radians per position, in single precision as in training.
    var rotaryFrequencies: [Float] {
        (0..<headSize / 2).map { pair in
            let exponent = Float(2 * pair) / Float(headSize)
            let frequency = 1 / Float(Glibc.pow(rotaryBase, Double(exponent)))
            switch rotaryScaling {
            case nil: return frequency
            case .linear(let factor): return frequency / Float(factor)
            case .llama3(let factor, let low, let high, let original):
                let wavelength = 2 * Double.pi / Double(frequency)
                if wavelength < Double(original) / high { return frequency }
                let divided = Double(frequency) / factor
                if wavelength > Double(original) / low { return Float(divided) }
                let smooth = (Double(original) / wavelength - low) / (high - low)
                return Float((1 - smooth) * divided + smooth * Double(frequency))
            }
        }
    }
}
