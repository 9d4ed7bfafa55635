import ArtifactStore
import Dataflow
import StageSchemas
import Texts

extension ResearchCrate {
    /// Adds the workflow: the pipeline file, its stages as tools and steps, its parameters and what it publishes.
    mutating func addWorkflow() {
        let names = stageNames
        entities.add(
            "#sluice",
            [
                "@type": "SoftwareApplication", "name": "Sluice",
                "softwareVersion": .string(VersionCommand.version),
                "description": "A pipeline engine that keeps every stage's output by content.",
            ])
        entities.add(
            "#pipeline-file",
            ["@type": "ComputerLanguage", "name": "Sluice pipeline file", "alternateName": "Sluice"])
        for (position, name) in names.enumerated() {
            let tool = CrateID.fragment("tool", name)
            let activity = provenance.known.first { $0.stageName.hasSameBytes(as: name) }
            var fields: [String: Value] = ["@type": "SoftwareApplication", "name": .string(name)]
            if case .command(let command)? = activity?.work {
                fields["description"] = .string(command.text)
            } else {
                fields["description"] = .string("the stage kind \(activity?.kind ?? "")")
            }
            entities.add(tool, fields)
            entities.add(
                CrateID.fragment("step", name),
                [
                    "@type": "HowToStep", "name": .string(name), "position": .string("\(position + 1)"),
                    "workExample": CrateID.reference(tool),
                ])
        }
        for (name, value) in parameters {
            entities.add(
                CrateID.fragment("parameter", name),
                [
                    "@type": "FormalParameter", "name": .string(name),
                    "additionalType": .string(Self.type(value)),
                    "conformsTo": CrateID.reference(Self.parameterProfile),
                ])
            entities.add(
                CrateID.fragment("value", name),
                [
                    "@type": "PropertyValue", "name": .string(name), "value": .string(value.description),
                    "exampleOfWork": CrateID.reference(CrateID.fragment("parameter", name)),
                ])
        }
        for result in results {
            let id = CrateID.fragment("output", result.path)
            entities.add(
                id,
                [
                    "@type": "FormalParameter", "name": .string(result.path),
                    "additionalType": result.artifact.shape == .tree ? "Dataset" : "File",
                    "conformsTo": CrateID.reference(Self.parameterProfile),
                ])
            entities.add(CrateID.path(result.path), ["exampleOfWork": CrateID.reference(id)])
        }
        entities.add(
            CrateID.path(workflow),
            [
                "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
                "name": .string(provenance.run.pipeline),
                "programmingLanguage": CrateID.reference("#pipeline-file"),
                "hasPart": .list(
                    sources.filter { $0.use == .included }.map { CrateID.reference(CrateID.path($0.path)) }
                        + names.map { CrateID.reference(CrateID.fragment("tool", $0)) }),
                "step": .list(names.map { CrateID.reference(CrateID.fragment("step", $0)) }),
                "input": .list(parameters.map { CrateID.reference(CrateID.fragment("parameter", $0.name)) }),
                "output": .list(results.map { CrateID.reference(CrateID.fragment("output", $0.path)) }),
            ])
        entities.add(
            Self.parameterProfile,
            ["@type": "CreativeWork", "name": "FormalParameter profile", "version": "1.0-RELEASE"])
    }

    private static let parameterProfile =
        "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"

    /// The names of the stages in the order of their instances, each once.
    private var stageNames: [String] {
        var names: [String] = []
        for activity in provenance.known
        where names.last.map({ !$0.hasSameBytes(as: activity.stageName) }) ?? true {
            if !names.contains(activity.stageName) { names.append(activity.stageName) }
        }
        return names
    }

    var parameters: [(name: String, value: Value)] {
        RunComparison.flat(provenance.run.parameters).sorted { $0.key.precedesByBytes($1.key) }
            .map { (name: $0.key, value: $0.value) }
    }

    private static func type(_ value: Value) -> String {
        switch value {
        case .boolean: "Boolean"
        case .integer: "Integer"
        case .number: "Float"
        case .null, .string, .list, .map: "Text"
        }
    }
}
