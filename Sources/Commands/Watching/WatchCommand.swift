import Arguments
import ArtifactStore
import Clocks
import Dataflow
import Execution
import Files
import PipelineFiles
import Processes

/// `sluice watch`: runs a pipeline again whenever a file changes that it depends on.
enum WatchCommand: Command {
    struct Values: CommandValues {
        var pipeline = ""
        var stages = StageChoice()
        var settings = ParameterSettings()
        var resources: [String] = []
        var jobs: Int?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "watch", summary: "Run a pipeline again whenever its file, its inputs or its code change.",
        discussion: "Prints a line for each run. A failure or a mistake does not end it; Ctrl-C does.",
        operands: [
            Operand("PIPELINE", .one, "The pipeline file.") { $0.pipeline = $1 },
            Operand("STAGE", .any, "Only these stages and what they need. All if none is named.") {
                $0.stages.words.append($1)
            },
        ],
        options: [
            .tags(\.stages.tags), .settings(\.settings), .parameterFiles(\.settings), .resources(\.resources),
            .jobs(\.jobs), .directory(\.directory),
        ])

    /// Editors write a file in several steps; a run starts when nothing has changed for this many milliseconds.
    private static let settlingMilliseconds = 60

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        var execution = try PipelineExecution(session, jobs: values.jobs, keepsGoing: true, isQuiet: true)
        execution.resources = try session.resources(values.resources)
        defer { execution.close() }
        let file = try session.pipelineFile(named: values.pipeline)
        var latest: Pipeline?
        var patterns: [PathPattern] = []
        var included: [String] = []
        var discovered: Set<String> = []
        while true {
            // Before the pipeline is read, so that no change goes unnoticed.
            let list = try WatchList(hiding: session.hiddenEntries)
            list.add(file: FilePath(file))
            values.settings.files.forEach { list.add(file: session.path($0)) }
            included.forEach { list.add(file: FilePath($0)) }
            let paths = PathList()
            var loaded: Pipeline?
            do {
                let file = try session.loadPipeline(file, settings: values.settings, noting: paths)
                loaded = file.pipeline
                latest = file.pipeline
                patterns = file.matches.map(\.pattern)
            } catch {
                session.note("\(error)")
            }
            for path in paths.all where !included.contains(path) { list.add(file: FilePath(path)) }
            included = paths.all
            if let pipeline = latest { list.add((try? session.known(pipeline)) ?? pipeline) }
            patterns.forEach(list.add)
            for path in discovered { list.add(file: FilePath(path)) }
            for trouble in list.troubles.prefix(3) { session.note(trouble) }
            if let loaded {
                guard let results = try round(loaded, file, values, execution, session) else {
                    return .interrupted
                }
                // When a command reads a file for the first time, an edit during its run goes unnoticed.
                let found = Self.discovered(results, execution.store)
                for path in found.subtracting(discovered) { list.add(file: FilePath(path)) }
                discovered.formUnion(found)
            }
            guard try wait(for: list, execution.interrupts) else { return .interrupted }
        }
    }

    /// Runs once, prints a line and returns the stages' results; nil after Ctrl-C.
    private static func round(
        _ pipeline: Pipeline, _ file: String, _ values: Values, _ execution: PipelineExecution,
        _ session: Session
    ) throws -> [StageResult]? {
        do {
            let chosen = values.stages.isEmpty ? nil : try session.stages(of: pipeline, values.stages)
            let summary = try execution.run(
                Selection(of: pipeline, chosen: chosen),
                as: RunDescription(
                    pipeline: pipeline.name, file: file, arguments: session.arguments,
                    parameters: pipeline.parameters), reporter: FailureReporter(session))
            session.note(line(summary))
            return summary.outcome == .interrupted ? nil : summary.results
        } catch {
            session.note("\(error)")
            return []
        }
    }

    /// The paths below the working directory that commands looked at without declaring them.
    private static func discovered(_ results: [StageResult], _ store: ArtifactStore) -> Set<String> {
        var evaluator = SnapshotEvaluator(node: { try store.discoveries.node($0) }, state: { _ in .absent })
        var paths: Set<String> = []
        for result in results {
            guard let snapshot = result.trace?.discovered?.snapshot,
                let discoveries = try? evaluator.discoveries(in: snapshot)
            else { continue }
            for (input, _) in discoveries.sorted where input.path.base == .workingDirectory {
                paths.insert(input.path.description)
            }
        }
        return paths
    }

    private static func line(_ summary: RunSummary) -> String {
        func count(_ disposition: Disposition) -> Int {
            summary.results.reduce(0) { $0 + ($1.disposition == disposition ? 1 : 0) }
        }
        let ran = summary.results.filter { $0.disposition == .ran }.map(\.stage)
        var parts = ran.isEmpty ? [] : ["ran " + PlanRendering.list(ran)]
        if count(.failed) > 0 { parts.append("\(count(.failed)) failed") }
        if parts.isEmpty { parts = ["nothing to do"] }
        let time = Moments.utc(WallClock.seconds()).suffix(8)
        return
            "\(time) UTC  \(parts.joined(separator: ", ")) in \(Amounts.seconds(summary.seconds)) (run \(summary.run))"
    }

    /// Waits until a file has changed; returns false after Ctrl-C.
    private static func wait(for list: WatchList, _ interrupts: Interrupts) throws -> Bool {
        var hasChanged = false
        while true {
            let ready = Poller.readable(
                [interrupts.descriptor, list.watcher.descriptor],
                milliseconds: hasChanged ? settlingMilliseconds : -1)
            if interrupts.take() > 0 { return false }
            if ready.isEmpty && hasChanged { return true }
            if list.takeChange() { hasChanged = true }
        }
    }
}

/// Prints only what failed.
private struct FailureReporter: Reporter {
    let session: Session

    init(_ session: Session) { self.session = session }

    func report(_ event: RunEvent) {
        switch event {
        case .notice(let text): session.note(text)
        case .stageFinished(let result) where result.disposition == .failed:
            session.note("failed   \(result.stage): \(result.message ?? "")".escapedForDisplay)
        default: break
        }
    }
}
