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
        /// Its role in the pipeline.
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

    let provenance: RunProvenance
    /// The path of the pipeline file in the crate.
    let workflow: String
    /// The other files of the pipeline.
    let sources: [Source]
    let results: [Result]
    /// The paths of the results in the crate, by content.
    private let places: [Digest: [String]]
    private let license: String?
    var entities = CrateEntities()
    /// The IDs of the files in the crate.
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
            $0.map { CrateID.path($0.path) }
        }
        self.license = license
        addFiles()
        addWorkflow()
        addActions()
        addRoot()
    }

    /// The metadata.
    var value: Value { entities.value }

    // MARK: Files

    private mutating func addFiles() {
        parts.append(CrateID.path(workflow))
        for source in sources {
            let id = CrateID.path(source.path)
            parts.append(id)
            entities.add(id, fields(of: source))
        }
        for result in results {
            let id = CrateID.path(result.path)
            parts.append(id)
            entities.add(id, fields(of: result.artifact.digest, result.origin, result.artifact))
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
        let id = CrateID.identifier(of: digest)
        if !entities.has(id) { parts.append(id) }
        entities.add(id, fields(of: digest, name, artifact))
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
        if isIncluded { fields["programmingLanguage"] = CrateID.reference("#pipeline-file") }
        return fields
    }

    func files(_ digest: Digest) -> [Value] {
        (places[digest] ?? [CrateID.identifier(of: digest)]).map(CrateID.reference)
    }

    // MARK: The crate

    private mutating func addRoot() {
        let run = provenance.run
        for (id, name, version) in Self.profiles {
            entities.add(id, ["@type": "CreativeWork", "name": .string(name), "version": .string(version)])
        }
        var root: [String: Value] = [
            "@type": "Dataset", "name": .string("\(run.pipeline), run \(run.id)"),
            "description": .string(run.note ?? "The results of a pipeline, and how they were made."),
            "datePublished": .string(Moments.iso8601(run.finished ?? run.started)),
            "conformsTo": .list(Self.profiles.map { CrateID.reference($0.0) }),
            "mainEntity": CrateID.reference(CrateID.path(workflow)),
            "hasPart": .list(parts.map(CrateID.reference)),
            "mentions": [
                CrateID.reference("#" + provenance.id), CrateID.reference("#engine-" + provenance.id),
            ],
        ]
        if let license {
            let id = license.contains(":") ? license : "https://spdx.org/licenses/" + license
            entities.add(id, ["@type": "CreativeWork", "name": .string(license)])
            root["license"] = CrateID.reference(id)
            entities.add(CrateID.path(workflow), ["license": CrateID.reference(id)])
        }
        entities.add("./", root)
        entities.add(
            "ro-crate-metadata.json",
            [
                "@type": "CreativeWork", "about": CrateID.reference("./"),
                "conformsTo": [
                    CrateID.reference("https://w3id.org/ro/crate/1.1"),
                    CrateID.reference("https://w3id.org/workflowhub/workflow-ro-crate/1.0"),
                ],
            ])
    }
}
