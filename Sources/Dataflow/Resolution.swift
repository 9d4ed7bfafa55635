public import Digests
import StageSchemas

/// Makes the key material of a stage whose inputs are known. Planning and running share it.
public struct StageResolver: Sendable {
    private let store: any ArtifactStoring
    private let environment: @Sendable (String) -> String?

    /// A resolver over an environment, and a store for the digests of external files.
    public init(
        store: any ArtifactStoring, environment: @escaping @Sendable (String) -> String?
    ) {
        self.store = store
        self.environment = environment
    }

    /// The key material of a stage, or nil if an input's digest is not known yet.
    ///
    /// - Parameter output: the digest of an output, if known.
    /// - Throws: the store's error if an external file cannot be read.
    public func material(
        for stage: Stage, output: (OutputReference) -> Digest?
    ) throws -> KeyMaterial? {
        var inputs: [String: [KeyMaterial.Element]] = [:]
        for input in stage.inputs {
            switch input.source {
            case .output(let reference):
                guard let digest = output(reference) else { return nil }
                inputs[input.name] = [KeyMaterial.Element(digest: digest)]
            case .gather(let references):
                var elements: [KeyMaterial.Element] = []
                elements.reserveCapacity(references.count)
                for reference in references {
                    guard let digest = output(reference) else { return nil }
                    elements.append(
                        KeyMaterial.Element(coordinates: reference.stage.coordinateValues, digest: digest))
                }
                inputs[input.name] = elements
            case .external(let source):
                inputs[input.name] = [KeyMaterial.Element(digest: try store.digest(of: source))]
            }
        }
        return try material(of: stage, inputs: inputs)
    }

    private func material(
        of stage: Stage, inputs: [String: [KeyMaterial.Element]]
    ) throws -> KeyMaterial {
        switch stage.work {
        case .kind(let name, let parameters, let fingerprint):
            return KeyMaterial(
                .kind(name: name, fingerprint: fingerprint, parameters: parameters), inputs: inputs)
        case .command(let command):
            var outputs: [String: String] = [:]
            for output in stage.outputs {
                outputs[output.name] = output.declaration
            }
            var values: [String: String?] = [:]
            for name in command.environment { values.updateValue(environment(name), forKey: name) }
            let code = try command.code.map { try store.digest(of: ExternalSource(path: $0)) }
            return KeyMaterial(
                .command(
                    KeyMaterial.Command(
                        text: command.text, interpreter: command.interpreter, outputs: outputs, code: code,
                        environment: values,
                        exempt: stage.permissions.exempt)),
                inputs: inputs)
        }
    }
}

extension StageID {
    /// The coordinates as a map from axis to value.
    var coordinateValues: [String: Value] {
        guard !coordinates.isEmpty else { return [:] }
        return Dictionary(coordinates.map { ($0.axis, $0.value) }) { first, _ in first }
    }
}
