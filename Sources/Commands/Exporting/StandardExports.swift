import Arguments
import ArtifactStore
import Dataflow
import Digests
import Files
import JSON
import StageSchemas
import Texts

/// `sluice export openlineage`: a run as events for a lineage service.
enum ExportOpenLineageCommand: Command {
    struct Values: CommandValues {
        var run: String?
        var output: String?
        var namespace: String?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "export openlineage", summary: "Write a run as OpenLineage events, one per line.",
        discussion: """
            The events describe the run and each stage, including results of earlier runs, with the times at which they \
            happened. IDs are the same in every export, so a service recognizes events that it already has.
            """,
        operands: [Operand("RUN", .optional, RunChoice.help + " Default: the latest run.") { $0.run = $1 }],
        options: [
            .text("-o", "--output", placeholder: "FILE", sets: \.output, StandardExport.outputHelp),
            .text(
                "--namespace", placeholder: "NAME", sets: \.namespace,
                "The namespace of jobs and data sets; default: sluice."), .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let (run, store) = try StandardExport.run(values.run, in: session)
        let provenance = try session.provenance(of: run, store)
        let events = OpenLineageEvents(provenance: provenance, namespace: values.namespace ?? "sluice")
        try StandardExport.write(events.all.map { $0.json + "\n" }.joined(), to: values.output, session)
        return .done
    }
}

/// `sluice export prov`: a run in the W3C's provenance data model.
enum ExportProvenanceCommand: Command {
    struct Values: CommandValues {
        var run: String?
        var output: String?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "export prov", summary: "Write a run as W3C PROV, in PROV-JSON.",
        operands: [Operand("RUN", .optional, RunChoice.help + " Default: the latest run.") { $0.run = $1 }],
        options: [
            .text("-o", "--output", placeholder: "FILE", sets: \.output, StandardExport.outputHelp),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let (run, store) = try StandardExport.run(values.run, in: session)
        let provenance = try session.provenance(of: run, store)
        try StandardExport.write(
            StandardExport.indented(ProvenanceDocument(provenance).value), to: values.output, session)
        return .done
    }
}

/// `sluice export ro-crate`: a folder with a run's results, the pipeline file and a description of how they were made.
enum ExportCrateCommand: Command {
    struct Values: CommandValues {
        var run: String?
        var output: String?
        var license: String?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "export ro-crate",
        summary: "Write a run's published results with their provenance, as an RO-Crate.",
        discussion: """
            The crate is a folder with the pipeline file, the files that it includes and those of --params, what it publishes \
            (or, if it publishes nothing, the outputs that no stage reads), and ro-crate-metadata.json, which follows the profile \
            Provenance Run Crate. The pipeline file must not have changed since the run.
            """,
        operands: [Operand("RUN", .optional, RunChoice.help + " Default: the latest run.") { $0.run = $1 }],
        options: [
            .text(
                "-o", "--output", placeholder: "FOLDER", sets: \.output,
                "The folder, which must not exist yet."),
            .text(
                "--license", placeholder: "LICENSE", sets: \.license,
                "The license of the crate: a URL, or an SPDX identifier such as CC-BY-4.0."),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard let output = values.output, !output.isEmpty else {
            throw CommandFailure.usage("'export ro-crate' needs the name of the folder: -o crate")
        }
        let folder = try session.newPath(output, for: "folder")
        let (run, store) = try StandardExport.run(values.run, in: session)
        let provenance = try session.provenance(of: run, store)
        let pipeline = try PipelineOfRun(provenance, session)
        let results = pipeline.results(provenance)
        let sources = pipeline.sources
        let places = Set(sources.map(\.path)).union(["ro-crate-metadata.json"])
        if let twice = results.map(\.path).first(where: places.contains) {
            throw CommandFailure.usage(
                "both a result and a file of the pipeline would be \(twice) in the crate; rename one")
        }
        let crate = ResearchCrate(provenance, sources: sources, results: results, license: values.license)
        do {
            try FileSystem.makeDirectories(folder)
            for source in sources {
                let path = folder.appending(source.path)
                try FileSystem.makeDirectories(path.parent)
                try FileContents.write(source.text, to: path)
            }
            for result in results {
                let path = folder.appending(result.path)
                try FileSystem.makeDirectories(path.parent)
                try store.artifacts.export(
                    result.artifact.digest, to: path, isExecutable: result.artifact.isExecutable)
            }
            try FileContents.write(
                StandardExport.indented(crate.value), to: folder.appending("ro-crate-metadata.json"))
        } catch {
            try? FileSystem.removeTree(folder)
            throw error
        }
        session.note("\(folder): run \(run.id), with \(Amounts.count(results.count, "result"))")
        return .done
    }
}

/// What the exports to standard formats share.
enum StandardExport {
    static let outputHelp = "The file to write; default: standard output."

    static func run(_ word: String?, in session: Session) throws -> (RunRecord, ArtifactStore) {
        let store = try session.requiredStore()
        let run =
            try word.map { try RunChoice.find($0, store.catalog) } ?? RunChoice.latest(1, store.catalog)[0]
        return (run, store)
    }

    static func indented(_ value: Value) -> String {
        let bytes = Array(value.json.utf8)
        return String(decoding: (try? JSONLayout.indented(bytes)) ?? bytes, as: UTF8.self)
    }

    static func write(_ text: String, to output: String?, _ session: Session) throws {
        guard let output else { return session.print(text) }
        try FileContents.write(text, to: session.path(output))
    }
}

extension Session {
    /// What a run did.
    fileprivate func provenance(of run: RunRecord, _ store: ArtifactStore) throws -> RunProvenance {
        let pipeline = currentPipeline(of: run)
        return try store.lookingUp { try RunProvenance(of: run, store.catalog, declaredBy: pipeline) }
    }
}
