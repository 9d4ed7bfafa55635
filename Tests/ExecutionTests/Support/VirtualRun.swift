import Dataflow
import Files
import Synchronization
import TestSupport
import Testing

@testable import Execution

/// A pipeline on a virtual machine, with a store in memory.
struct VirtualRun {
    let folder: FilePath
    let store: InMemoryArtifactStore
    let system = VirtualSystem()

    /// What a run said and did.
    struct Outcome {
        let summary: RunSummary
        let events: [RunEvent]

        /// What became of the stages, in order, as "a ran".
        var dispositions: [String] { summary.results.map { "\($0.stage) \($0.disposition)" } }

        /// The sentence of a stage's failure.
        func message(of stage: String) -> String? {
            summary.results.first { $0.stage == StageID(stage) }?.message
        }
    }

    static func with(_ body: (VirtualRun) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try body(VirtualRun(folder: folder, store: InMemoryArtifactStore(directory: folder)))
        }
    }

    /// Runs stages, and checks what holds of every run.
    @discardableResult
    func run(
        _ stages: [Stage], jobs: Int = 2, recorder: Recorder = Recorder(),
        _ change: (inout RunOptions) -> Void = { _ in }
    ) throws -> Outcome {
        let pipeline = Pipeline(name: "p", stages: stages)
        return try run(Selection(of: pipeline), jobs: jobs, recorder: recorder, change)
    }

    /// Runs stages of a selection, and checks what holds of every run.
    @discardableResult
    func run(
        _ selection: Selection, jobs: Int = 2, recorder: Recorder = Recorder(),
        _ change: (inout RunOptions) -> Void = { _ in }
    ) throws -> Outcome {
        let attempts = folder.appending("attempts")
        try FileSystem.makeDirectories(attempts)
        var options = RunOptions(
            capacity: SchedulerState.Capacity(cpus: jobs), workerExecutable: "/nowhere", environment: [:],
            publicationFolder: folder.appending("out"), attemptsFolder: attempts)
        options.retryPause = 1
        options.terminationGrace = 5
        change(&options)
        let runner = Runner(
            selection, store: store, reporter: recorder, options: options, executor: system, system: system)
        defer {
            #expect(system.isClosed)
            #expect(store.claimCount == 0)
            #expect((try? FileSystem.names(in: attempts)) == [])
        }
        let summary = try runner.run(RunDescription(pipeline: "p", file: "p.yaml", arguments: []))
        let told = recorder.all.compactMap { event in
            if case .stageFinished(let result) = event { result.stage.description } else { nil }
        }
        #expect(told.sorted() == selection.stages.map(\.id.description).sorted())
        #expect(store.outcomes.last == summary.outcome)
        return Outcome(summary: summary, events: recorder.all)
    }
}

/// Keeps what a run reports.
final class Recorder: Reporter {
    private let events = Mutex<[RunEvent]>([])
    private let watch: @Sendable (RunEvent) -> Void

    /// A recorder that also shows each event to `watch`.
    init(_ watch: @escaping @Sendable (RunEvent) -> Void = { _ in }) { self.watch = watch }

    func report(_ event: RunEvent) {
        watch(event)
        events.withLock { $0.append(event) }
    }

    var all: [RunEvent] { events.withLock { $0 } }
}

/// A stage with one output, `o`, whose key depends on its text and its inputs.
func stage(
    _ name: String, text: String? = nil, after inputs: [String] = [], retries: Int = 0,
    resources: Stage.Resources = Stage.Resources()
) -> Stage {
    Stage(
        id: StageID(name), work: .command(Stage.Command(segments: [.text(text ?? name), .output("o")])),
        inputs: inputs.map {
            Stage.Input(name: $0, source: .output(OutputReference(stage: StageID($0), output: "o")))
        }, outputs: [Stage.Output(name: "o", fileName: "o.txt")], resources: resources,
        retries: Retries(retries))
}

/// The key of a stage without inputs.
func key(of stage: Stage) throws -> Key {
    let resolver = StageResolver(store: InMemoryArtifactStore(directory: "/")) { _ in nil }
    return Key(try #require(try resolver.material(for: stage) { _ in nil }))
}
