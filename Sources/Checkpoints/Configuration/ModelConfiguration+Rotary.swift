internal import Glibc

extension ModelConfiguration {
    /// The rotary frequencies, in radians per position, of the pairs of a head; in single precision, as models were trained.
    ///
    /// - Parameter isSliding: true for the layers with a sliding window, false for the others.
    package func rotaryFrequencies(isSliding: Bool) -> [Float] {
        if isSliding, let slidingRotaryBase { return frequencies(slidingRotaryBase, nil) }
        return frequencies(rotaryBase, rotaryScaling)
    }

    private func frequencies(_ base: Double, _ scaling: RotaryScaling?) -> [Float] {
        (0..<headSize / 2).map { pair in
            let exponent = Float(2 * pair) / Float(headSize)
            let frequency = 1 / Float(Glibc.pow(base, Double(exponent)))
            switch scaling {
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
