internal import Digests
package import StageSchemas

/// Makes the key material of a stage whose inputs are known. Planning and running share it.
public struct StageResolver: Sendable {
    private let store: any ArtifactStoring
    private let environment: @Sendable (String) -> String?
    private let elsewhere = ElsewhereOutputs()

    /// A resolver over an environment, and a store for the digests of external files.
    public init(
        store: any ArtifactStoring, environment: @escaping @Sendable (String) -> String?
    ) {
        self.store = store
        self.environment = environment
    }

    /// The key material of a stage, or nil if an input's digest is not known yet. An input from an output that was not written
    /// has no elements.
    ///
    /// - Parameter output: the state of an output, if known.
    /// - Throws: the store's error if an external file cannot be read, or what is wrong with an output of another pipeline.
    public func material(
        for stage: Stage, output: (OutputReference) -> OutputState?
    ) throws -> KeyMaterial? {
        let isCommand = if case .command = stage.work { true } else { false }
        var inputs: [String: [KeyMaterial.Element]] = [:]
        for input in stage.inputs {
            switch input.source {
            case .output(let reference):
                switch output(reference) {
                case .artifact(let artifact)?:
                    inputs[input.name] = [
                        KeyMaterial.Element(
                            digest: artifact.digest, isExecutable: isCommand && artifact.isExecutable)
                    ]
                case .notWritten?: inputs[input.name] = []
                case nil: return nil
                }
            case .gather(let references):
                var elements: [KeyMaterial.Element] = []
                elements.reserveCapacity(references.count)
                for reference in references {
                    switch output(reference) {
                    case .artifact(let artifact)?:
                        elements.append(
                            KeyMaterial.Element(
                                coordinates: reference.stage.coordinateValues, digest: artifact.digest,
                                isExecutable: isCommand && artifact.isExecutable))
                    case .notWritten?: break
                    case nil: return nil
                    }
                }
                inputs[input.name] = elements
            case .elsewhere(let output):
                inputs[input.name] = try elsewhere.elements(of: output, in: store).map { element in
                    KeyMaterial.Element(
                        coordinates: element.coordinates, digest: element.artifact.digest,
                        isExecutable: isCommand && element.artifact.isExecutable)
                }
            case .member(_, _, let digest): inputs[input.name] = [KeyMaterial.Element(digest: digest)]
            case .external(let source):
                inputs[input.name] = [
                    KeyMaterial.Element(
                        digest: try store.sources.digest(of: source),
                        isExecutable: try isCommand && store.sources.isExecutable(source))
                ]
            }
        }
        return try material(of: stage, inputs: inputs)
    }

    /// The placeholder for a fingerprint that does not matter.
    private static let anyCode = SHA256.digest(of: "")

    private func material(
        of stage: Stage, inputs: [String: [KeyMaterial.Element]]
    ) throws -> KeyMaterial {
        switch stage.work {
        case .kind(let name, _, _) where stage.isKnownByContent:
            // Independent of how it is obtained: other code, or another source, gives the same content.
            let digests = stage.outputs.map { ($0.name, Value.string($0.expected?.hexadecimal ?? "")) }
            return KeyMaterial(
                .kind(
                    name: name, fingerprint: Self.anyCode,
                    parameters: Dictionary(digests) { first, _ in first }), inputs: inputs)
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
            let code = try command.code.map { try store.sources.digest(of: $0) }
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
    package var coordinateValues: [String: Value] {
        guard !coordinates.isEmpty else { return [:] }
        return Dictionary(coordinates.map { ($0.axis, $0.value) }) { first, _ in first }
    }
}
