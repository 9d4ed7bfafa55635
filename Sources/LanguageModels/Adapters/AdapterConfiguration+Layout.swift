public import Checkpoints

extension AdapterConfiguration {
    /// The name of a projection's A or B matrix in PEFT's files.
    public static func name(layer: Int, _ projection: Projection, _ matrix: String) -> String {
        "base_model.model.model.layers.\(layer).\(projection.module).lora_\(matrix).weight"
    }

    /// The name of the classes' head in PEFT's files.
    static let headName = "base_model.model.score.weight"

    /// Where the adapter's matrices lie: by layer, by projection, A (rank by inputs) before B (outputs by rank); the classes'
    /// head is last.
    ///
    /// - Throws: `LanguageModelError` where the model lacks a target, or a number makes no sense.
    public func layout(for configuration: ModelConfiguration) throws -> ParameterLayout {
        guard rank > 0, alpha.isFinite, dropout >= 0, dropout < 1, classCount ?? 1 > 0 else {
            throw LanguageModelError(
                "an adapter's rank is positive, its alpha finite and its dropout below 1, "
                    + "but here they are \(rank), \(alpha) and \(dropout)")
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
