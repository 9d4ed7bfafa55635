import Arguments
import ArtifactStore
import Dataflow
import Files
import Texts

/// `sluice export`: writes results to a file that another store can take in.
enum ExportCommand: Command {
    struct Values: CommandValues {
        var stages: [String] = []
        var output: String?
        var run: Int?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "export",
        summary: "Write results, and all that they were made from, to a file for another store.",
        discussion: """
            The file has the named stages' results in a run and those of all stages that they read from, with outputs, logs and \
            what commands have read. `sluice import` takes it in; a run there finds them as if it had made them. `sluice export \
            openlineage`, `prov` and `ro-crate` describe a run to other programs; a stage with one of these names comes after \
            the options: sluice export -o results.sluice prov
            """,
        operands: [
            Operand("STAGE", .any, "The stages, such as model or model[fold=0]; all if none is named.") {
                $0.stages.append($1)
            }
        ],
        options: [
            .text("-o", "--output", placeholder: "FILE", sets: \.output, "The file, such as results.sluice."),
            .integer(
                "--run", placeholder: "N", within: 1...Int.max, sets: \.run,
                "The run; by default, the latest."),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        guard let output = values.output, !output.isEmpty else {
            throw CommandFailure.usage("'export' needs the name of the file: -o results.sluice")
        }
        let path = session.path(output)
        guard !FileSystem.exists(path) else {
            throw CommandFailure.usage("\(path) exists; remove it, or name another file")
        }
        let store = try session.requiredStore()
        guard
            let run = try values.run.map({ try store.catalog.run(RunID($0)) })
                ?? store.catalog.runs(limit: 1).first
        else { throw CommandFailure.usage("there is no such run; `sluice runs` lists them") }
        let graph = try RunGraph(of: run.id, store.catalog)
        let chosen = try indices(of: values.stages, in: graph, run)
        let reached = graph.reachable(from: chosen)
        let own = try reached.map { index in
            let stage = graph.stages[index]
            guard let trace = stage.trace else {
                throw CommandFailure.usage(
                    "'\(stage.record.stage)' has no result in run \(run.id), or it was collected; run it again first"
                )
            }
            return (pipeline: run.pipeline, stage: stage.record.stage, trace: trace)
        }
        let results = try elsewhere(of: reached, in: graph, run, store.catalog) + own
        try store.bundles.write(results, to: path)
        let size = (try? FileStatus(of: path).size) ?? 0
        session.note(
            "\(path): \(Amounts.count(results.count, "result")) of run \(run.id), \(Amounts.bytes(size))")
        return .done
    }

    /// The results of other pipelines that stages have read, so that they find them in the other store, too.
    private static func elsewhere(
        of stages: [Int], in graph: RunGraph, _ run: RunRecord, _ catalog: Catalog
    ) throws -> [(pipeline: String, stage: String, trace: Trace)] {
        var results: [(pipeline: String, stage: String, trace: Trace)] = []
        for reading in stages.flatMap({ graph.stages[$0].readings }) where reading.source == nil {
            guard let maker = catalog.maker(of: reading.digest, outside: run.pipeline),
                !results.contains(where: { $0.pipeline == maker.pipeline && $0.stage == maker.stage }),
                let trace = try catalog.latestTrace(ofStage: maker.stage, inPipeline: maker.pipeline)
            else { continue }
            results.append((maker.pipeline, maker.stage, trace))
        }
        return results
    }

    private static func indices(of words: [String], in graph: RunGraph, _ run: RunRecord) throws -> [Int] {
        guard !words.isEmpty else { return Array(graph.stages.indices) }
        return try words.flatMap { word in
            let name = word.endsWith("[*]") ? String(word.utf8.dropLast(3)) ?? word : word
            let found = graph.stages.indices.filter { index in
                let stage = graph.stages[index].record.stage
                return stage.hasSameBytes(as: name) || stage.utf8.starts(with: (name + "[").utf8)
            }
            guard found.isEmpty else { return found }
            let hint = didYouMean(name, among: graph.stages.map(\.record.stage)) ?? ""
            throw CommandFailure.usage("run \(run.id) has no stage '\(word)'\(hint)")
        }
    }
}

/// `sluice import`: takes the results of a file into the store.
enum ImportCommand: Command {
    struct Values: CommandValues {
        var file = ""
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "import", summary: "Take the results of a file that `sluice export` has made into the store.",
        operands: [Operand("FILE", .one, "The file.") { $0.file = $1 }],
        options: [.directory(\.directory)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let path = session.path(values.file)
        guard FileSystem.exists(path) else { throw CommandFailure.usage("there is no file \(path)") }
        let store = try session.openStore(.readWrite)
        let arrival = try store.bundles.read(path)
        session.note(
            "\(path): \(Amounts.count(arrival.all, "result")), of which the store did not have "
                + Amounts.grouped(arrival.new))
        return .done
    }
}
