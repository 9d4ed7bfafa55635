internal import Checkpoints

extension Decoder {
    /// Initial parameters for training.
    ///
    /// An adapter's A is uniform within ±1/√inputs (PEFT's Kaiming initialization with a = √5), and its B zero; a head
    /// is normal with standard deviation 0.02. A whole model is normal with standard deviation 0.02, with neutral norms
    /// and zero biases.
    ///
    /// - Parameter seed: equal seeds give equal parameters.
    public func initialParameters(seed: UInt64) -> ParameterVector {
        var parameters = ParameterVector(zeros: layout)
        let isTrainedWhole = weights == nil
        for entry in layout.entries {
            if entry.name.hasSuffix("norm.weight") {
                // Gemma's norms multiply by 1 + weight.
                let neutral: Float = configuration.family.isGemma ? 0 : 1
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
