public import Checkpoints

extension AdapterConfiguration {
    /// The name of a projection's A or B matrix in PEFT files.
    public static func name(layer: Int, _ projection: Projection, _ matrix: String) -> String {
        "base_model.model.model.layers.\(layer).\(projection.module).lora_\(matrix).weight"
    }

    /// The name of the classification head in PEFT files.
    static let headName = "base_model.model.score.weight"

    /// The layout of the adapter's matrices: by layer, by projection, A (rank by inputs) before B (outputs by rank);
    /// the classification head is last.
    ///
    /// - Throws: `LanguageModelError` if the model lacks a target, or a number is invalid.
    public func layout(for configuration: ModelConfiguration) throws -> ParameterLayout {
        guard rank > 0, alpha.isFinite, dropout >= 0, dropout < 1, classCount ?? 1 > 0 else {
            throw LanguageModelError(
                "an adapter needs a positive rank, a finite alpha and a dropout below 1; "
                    + "these are \(rank), \(alpha) and \(dropout)")
        }
        for target in targets where !configuration.projections.contains(target) {
            throw LanguageModelError(
                "\(configuration.family.rawValue) has no '\(target.rawValue)'; its projections are "
                    + configuration.projections.map(\.rawValue).joined(separator: ", "))
        }
        var layout = ParameterLayout()
        for layer in 0..<configuration.layerCount {
            for target in configuration.projections where targets.contains(target) {
                let shape = configuration.shape(of: target)
                layout.append(Self.name(layer: layer, target, "A"), [rank, shape[1]])
                layout.append(Self.name(layer: layer, target, "B"), [shape[0], rank])
            }
        }
        if let classCount { layout.append(Self.headName, [classCount, configuration.hiddenSize]) }
        return layout
    }
}
