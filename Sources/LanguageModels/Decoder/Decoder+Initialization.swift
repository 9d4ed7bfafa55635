internal import Checkpoints

extension Decoder {
    /// Numbers to start a training from.
    ///
    /// An adapter's A is uniform within ±1/√inputs (PEFT's Kaiming start with a = √5), its B zero; a head is normal with
    /// deviation 0.02. A whole model is normal with deviation 0.02, its norms neutral and its biases zero.
    ///
    /// - Parameter seed: equal seeds give equal numbers.
    public func initialParameters(seed: UInt64) -> ParameterVector {
        var parameters = ParameterVector(zeros: layout)
        let isTrainedWhole = weights == nil
        for entry in layout.entries {
            if entry.name.hasSuffix("norm.weight") {
                // Gemma's norms multiply with 1 + weight.
                let neutral: Float = configuration.family == .gemma2 ? 0 : 1
                for index in entry.range { parameters.numbers[index] = neutral }
            } else if entry.name.hasSuffix(".lora_A.weight") {
                let bound = 1 / Double(entry.shape[1]).squareRoot()
                for index in entry.range {
                    parameters.numbers[index] = Float(
                        bound * (2 * CounterGenerator.uniform(seed, UInt64(index)) - 1))
                }
            } else if entry.name == AdapterConfiguration.headName
                || isTrainedWhole && !entry.name.hasSuffix(".bias")
            {
                for index in entry.range {
                    parameters.numbers[index] = Float(0.02 * CounterGenerator.normal(seed, UInt64(index)))
                }
            }
        }
        return parameters
    }
}
