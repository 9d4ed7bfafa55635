import ArtifactStore
import Dataflow
import Digests
import StageSchemas
import Texts

/// A run as the metadata of an RO-Crate 1.1 with the profile Provenance Run Crate 0.5:
/// https://w3id.org/ro/wfrun/provenance/0.5
///
/// The pipeline's files and the published results are files in the crate; everything else that was read or made is named by its
/// digest, as in RFC 6920.
struct ResearchCrate {
    /// A file or folder in the crate.
    struct Result {
        /// Its path in the crate.
        let path: String
        /// The stage and output that made it, and its content.
        let origin: String
        let artifact: Artifact
    }

    /// A file of the pipeline.
    struct Source {
        /// What it is to the pipeline.
        enum Use {
            /// The pipeline file.
            case main
            /// A file that it includes.
            case included
            /// A file with values of its parameters.
            case parameters
        }

        /// Its path in the crate.
        let path: String
        let use: Use
        let text: String
    }

    private let provenance: RunProvenance
    /// The path of the pipeline file in the crate.
    private let workflow: String
    /// The other files of the pipeline.
    private let sources: [Source]
    private let results: [Result]
    /// The paths of the results in the crate, by content.
    private let places: [Digest: [String]]
    private let license: String?
    /// The entities by ID, and the order in which they were added.
    private var entities: [String: [String: Value]] = [:]
    private var order: [String] = []
    private var parts: [String] = []

    private static let profiles = [
        ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5"),
        ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5"),
        ("https://w3id.org/ro/wfrun/provenance/0.5", "Provenance Run Crate", "0.5"),
        ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0"),
    ]

    /// - Parameters:
    ///   - sources: the files of the pipeline, the pipeline file first.
    ///   - license: the license of the data, as a URL or an SPDX identifier; nil to leave it unspecified.
    init(_ provenance: RunProvenance, sources: [Source], results: [Result], license: String?) {
        self.provenance = provenance
        workflow = sources.first?.path ?? ""
        self.sources = Array(sources.dropFirst())
        self.results = results
        places = Dictionary(grouping: results, by: \.artifact.digest).mapValues {
            $0.map { Self.path($0.path) }
        }
        self.license = license
        addFiles()
        addWorkflow()
        addActions()
        addRoot()
    }

    var value: Value {
        [
            "@context": [
                "https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context",
            ],
            "@graph": .list(
                order.map { id in
                    .map((entities[id] ?? [:]).merging(["@id": .string(id)]) { first, _ in first })
                }),
        ]
    }

    // MARK: Files

    private mutating func addFiles() {
        parts.append(Self.path(workflow))
        for source in sources {
            let id = Self.path(source.path)
            parts.append(id)
            add(id, fields(of: source))
        }
        for result in results {
            let id = Self.path(result.path)
            parts.append(id)
            add(id, fields(of: result.artifact.digest, result.origin, result.artifact))
        }
        for activity in provenance.known {
            for output in activity.outputs where places[output.artifact.digest] == nil {
                addFile(output.artifact.digest, activity.stage + "." + output.name, output.artifact)
            }
            for reading in activity.inputs where places[reading.digest] == nil {
                let source = reading.source.map { provenance.activities[$0.stage].stage + "." + $0.output }
                addFile(reading.digest, source ?? provenance.paths[reading.digest] ?? reading.input, nil)
            }
        }
    }

    private mutating func addFile(_ digest: Digest, _ name: String, _ artifact: Artifact?) {
        let id = Self.identifier(of: digest)
        if entities[id] == nil { parts.append(id) }
        add(id, fields(of: digest, name, artifact))
    }

    private func fields(of digest: Digest, _ name: String, _ artifact: Artifact?) -> [String: Value] {
        var fields: [String: Value] = [
            "@type": artifact?.shape == .tree ? "Dataset" : "File", "name": .string(name),
            "sha256": .string(digest.hexadecimal),
        ]
        if let artifact { fields["contentSize"] = .string("\(artifact.size)") }
        return fields
    }

    private func fields(of source: Source) -> [String: Value] {
        let isIncluded = source.use == .included
        var fields: [String: Value] = [
            "@type": isIncluded ? ["File", "SoftwareSourceCode"] : "File",
            "name": .string(isIncluded ? "included: " + source.path : "parameters: " + source.path),
            "sha256": .string(SHA256.digest(of: source.text).hexadecimal),
            "contentSize": .string("\(source.text.utf8.count)"),
        ]
        if isIncluded { fields["programmingLanguage"] = Self.reference("#pipeline-file") }
        return fields
    }

    private func files(_ digest: Digest) -> [Value] {
        (places[digest] ?? [Self.identifier(of: digest)]).map(Self.reference)
    }

    // MARK: The workflow

    private mutating func addWorkflow() {
        let names = stageNames
        add(
            "#sluice",
            [
                "@type": "SoftwareApplication", "name": "Sluice",
                "softwareVersion": .string(VersionCommand.version),
                "description": "A pipeline engine that keeps every stage's output by content.",
            ])
        add(
            "#pipeline-file",
            ["@type": "ComputerLanguage", "name": "Sluice pipeline file", "alternateName": "Sluice"])
        for (position, name) in names.enumerated() {
            let tool = Self.fragment("tool", name)
            let activity = provenance.known.first { $0.stageName.hasSameBytes(as: name) }
            var fields: [String: Value] = ["@type": "SoftwareApplication", "name": .string(name)]
            if case .command(let command)? = activity?.work {
                fields["description"] = .string(command.text)
            } else {
                fields["description"] = .string("the stage kind \(activity?.kind ?? "")")
            }
            add(tool, fields)
            add(
                Self.fragment("step", name),
                [
                    "@type": "HowToStep", "name": .string(name), "position": .string("\(position + 1)"),
                    "workExample": Self.reference(tool),
                ])
        }
        for (name, value) in parameters {
            add(
                Self.fragment("parameter", name),
                [
                    "@type": "FormalParameter", "name": .string(name),
                    "additionalType": .string(Self.type(value)),
                    "conformsTo": Self.reference(Self.parameterProfile),
                ])
            add(
                Self.fragment("value", name),
                [
                    "@type": "PropertyValue", "name": .string(name), "value": .string(value.description),
                    "exampleOfWork": Self.reference(Self.fragment("parameter", name)),
                ])
        }
        for result in results {
            let id = Self.fragment("output", result.path)
            add(
                id,
                [
                    "@type": "FormalParameter", "name": .string(result.path),
                    "additionalType": result.artifact.shape == .tree ? "Dataset" : "File",
                    "conformsTo": Self.reference(Self.parameterProfile),
                ])
            add(Self.path(result.path), ["exampleOfWork": Self.reference(id)])
        }
        add(
            Self.path(workflow),
            [
                "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
                "name": .string(provenance.run.pipeline),
                "programmingLanguage": Self.reference("#pipeline-file"),
                "hasPart": .list(
                    sources.filter { $0.use == .included }.map { Self.reference(Self.path($0.path)) }
                        + names.map { Self.reference(Self.fragment("tool", $0)) }),
                "step": .list(names.map { Self.reference(Self.fragment("step", $0)) }),
                "input": .list(parameters.map { Self.reference(Self.fragment("parameter", $0.name)) }),
                "output": .list(results.map { Self.reference(Self.fragment("output", $0.path)) }),
            ])
        add(
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

    private var parameters: [(name: String, value: Value)] {
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

    // MARK: What happened

    private mutating func addActions() {
        let run = provenance.run
        let external = provenance.known.flatMap(\.inputs).filter { $0.source == nil }.map(\.digest)
        var seen: Set<Digest> = []
        var action = Self.action(
            "run \(run.id) of \(run.pipeline)", Self.path(workflow), run.started, run.finished,
            isFailure: run.outcome == .failed || run.outcome == .interrupted)
        action["object"] = .list(
            external.filter { seen.insert($0).inserted }.flatMap(files)
                + parameters.map { Self.reference(Self.fragment("value", $0.name)) })
        action["result"] = .list(results.map { Self.reference(Self.path($0.path)) })
        add("#" + provenance.id, action)
        var controls: [Value] = []
        for activity in provenance.known {
            var action = Self.action(
                activity.stage, Self.fragment("tool", activity.stageName), activity.started, activity.ended,
                isFailure: activity.disposition == .failed)
            action["object"] = .list(activity.inputs.flatMap { files($0.digest) })
            action["result"] = .list(activity.outputs.flatMap { files($0.artifact.digest) })
            if let message = activity.message { action["error"] = .string(message) }
            if activity.disposition == .cached {
                action["description"] = "An earlier run made the result, which this run had from the store."
            }
            add("#" + activity.id, action)
            let control = "#control-" + activity.id
            add(
                control,
                [
                    "@type": "ControlAction", "name": .string("orchestrate " + activity.stage),
                    "instrument": Self.reference(Self.fragment("step", activity.stageName)),
                    "object": Self.reference("#" + activity.id),
                ])
            controls.append(Self.reference(control))
        }
        var organize = Self.action(
            "execution of run \(run.id)", "#sluice", run.started, run.finished, isFailure: false)
        organize["@type"] = "OrganizeAction"
        organize["object"] = .list(controls)
        organize["result"] = Self.reference("#" + provenance.id)
        add("#engine-" + provenance.id, organize)
    }

    private static func action(
        _ name: String, _ instrument: String, _ started: Double?, _ ended: Double?, isFailure: Bool
    ) -> [String: Value] {
        var fields: [String: Value] = [
            "@type": "CreateAction", "name": .string(name), "instrument": reference(instrument),
            "actionStatus": reference("http://schema.org/\(isFailure ? "Failed" : "Completed")ActionStatus"),
        ]
        if let started { fields["startTime"] = .string(Moments.iso8601(started)) }
        if let ended { fields["endTime"] = .string(Moments.iso8601(ended)) }
        return fields
    }

    // MARK: The crate

    private mutating func addRoot() {
        let run = provenance.run
        for (id, name, version) in Self.profiles {
            add(id, ["@type": "CreativeWork", "name": .string(name), "version": .string(version)])
        }
        var root: [String: Value] = [
            "@type": "Dataset", "name": .string("\(run.pipeline), run \(run.id)"),
            "description": .string(run.note ?? "The results of a pipeline, and how they were made."),
            "datePublished": .string(Moments.iso8601(run.finished ?? run.started)),
            "conformsTo": .list(Self.profiles.map { Self.reference($0.0) }),
            "mainEntity": Self.reference(Self.path(workflow)), "hasPart": .list(parts.map(Self.reference)),
            "mentions": [Self.reference("#" + provenance.id), Self.reference("#engine-" + provenance.id)],
        ]
        if let license {
            let id = license.contains(":") ? license : "https://spdx.org/licenses/" + license
            add(id, ["@type": "CreativeWork", "name": .string(license)])
            root["license"] = Self.reference(id)
            add(Self.path(workflow), ["license": Self.reference(id)])
        }
        add("./", root)
        add(
            "ro-crate-metadata.json",
            [
                "@type": "CreativeWork", "about": Self.reference("./"),
                "conformsTo": [
                    Self.reference("https://w3id.org/ro/crate/1.1"),
                    Self.reference("https://w3id.org/workflowhub/workflow-ro-crate/1.0"),
                ],
            ])
    }

    /// Adds an entity, or adds properties to an existing one.
    private mutating func add(_ id: String, _ fields: [String: Value]) {
        if entities[id] == nil { order.append(id) }
        entities[id, default: [:]].merge(fields) { first, _ in first }
    }

    private static func reference(_ id: String) -> Value { ["@id": .string(id)] }

    private static func fragment(_ kind: String, _ name: String) -> String {
        "#\(kind)-\(StageID.fileName(of: name))"
    }

    /// A relative path as a URI.
    private static func path(_ path: String) -> String {
        path.parts(between: "/").map { part in
            part.parts(between: ".").map { StageID.fileName(of: $0) }.joined(separator: ".")
        }.joined(separator: "/")
    }

    /// The name of content: `ni:///sha-256;…`.
    private static func identifier(of digest: Digest) -> String {
        let text = HTML.base64(digest.bytes).replacing(each: "+", by: "-").replacing(each: "/", by: "_")
        return "ni:///sha-256;" + text.replacing(each: "=", by: "")
    }
}
