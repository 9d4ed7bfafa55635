import Digests
import Files
import StageSchemas
import TestSupport
import Testing

@testable import Dataflow

@Suite struct PlannerTests {
    /// `a → b → c`, each a shell command.
    private func chain(bText: String = "b") -> Pipeline {
        func stage(_ name: String, _ text: String, after upstream: String?) -> Stage {
            Stage(
                id: StageID(name), work: .command(Stage.Command(segments: [.text(text)])),
                inputs: upstream.map { upstream in
                    let reference = OutputReference(stage: StageID(upstream), output: "o")
                    return [Stage.Input(name: "i", source: .output(reference))]
                } ?? [],
                outputs: [Stage.Output(name: "o", fileName: "o")])
        }
        return Pipeline(
            name: "p",
            stages: [stage("a", "a", after: nil), stage("b", bText, after: "a"), stage("c", "c", after: "b")])
    }

    /// Commits `stage` with an output of the given content, as a run would.
    private func commit(
        _ stage: Stage, content: String, inputs: [OutputReference: Digest], in store: InMemoryArtifactStore,
        folder: FilePath
    ) throws -> Digest {
        let resolver = StageResolver(store: store) { _ in nil }
        let material = try #require(
            try resolver.material(for: stage) { reference in
                inputs[reference].map { .artifact(Artifact(digest: $0, shape: .file, size: 1)) }
            })
        let path = folder.appending("o")
        try write(content, to: path)
        let artifact = try store.artifacts.capture(path, shape: .file)
        let trace = Trace(key: Key(material), material: material, outputs: ["o": artifact])
        let run = try store.runs.begin(RunDescription(pipeline: "p", file: "p.yaml", arguments: []))
        try store.runs.commit(
            [StageResult(stage: stage.id, kind: "run", key: Key(material), disposition: .ran, trace: trace)],
            run: run)
        return artifact.digest
    }

    /// Why an entry is stale; nil if it is not.
    private func reasons(_ entry: Plan.Entry) -> [Staleness]? {
        if case .stale(_, let reasons) = entry.state { reasons } else { nil }
    }

    private func states(_ plan: Plan) -> [String] {
        plan.entries.map { entry in
            switch entry.state {
            case .upToDate: "up to date"
            case .inCache: "in cache"
            case .stale(_, let reasons): "stale \(reasons.count)"
            case .pending(let upstream, _): "pending on \(upstream)"
            case .unexpanded: "unexpanded"
            case .blocked: "blocked"
            }
        }
    }

    @Test func anEmptyStoreMakesTheFirstStageStaleAndTheRestPending() throws {
        try withTemporaryFolder { folder in
            let store = InMemoryArtifactStore(directory: folder)
            let plan = try Planner(store: store) { _ in nil }.plan(Selection(of: chain()))
            #expect(states(plan) == ["stale 1", "pending on [a]", "pending on [b]"])
            #expect(!plan.isUpToDate)
        }
    }

    @Test func aChangedMiddleStageLeavesTheFirstCachedAndTheLastPending() throws {
        try withTemporaryFolder { folder in
            let store = InMemoryArtifactStore(directory: folder)
            var digests: [OutputReference: Digest] = [:]
            for stage in chain().stages {
                digests[OutputReference(stage: stage.id, output: "o")] = try commit(
                    stage, content: stage.id.name, inputs: digests, in: store, folder: folder)
            }
            let planner = Planner(store: store) { _ in nil }
            #expect(try planner.plan(Selection(of: chain())).isUpToDate)
            let edited = try planner.plan(Selection(of: chain(bText: "b2")))
            #expect(states(edited) == ["up to date", "stale 1", "pending on [b]"])
            #expect(
                reasons(edited.entries[1]) == [.commandChanged(from: "b → o: o", to: "b2 → o: o")])

            store.lose(try #require(digests[OutputReference(stage: StageID("b"), output: "o")]))
            let damaged = try planner.plan(Selection(of: chain()))
            #expect(states(damaged) == ["up to date", "stale 1", "pending on [b]"])
            #expect(reasons(damaged.entries[1]) == [.outputMissing(name: "o")])

            let forced = try planner.plan(
                Selection(of: chain(), chosen: [StageID("a")], isForced: true))
            #expect(reasons(forced.entries[0]) == [.forced])
        }
    }

    @Test func aMissingExternalFileBlocksItsStageWithAMessage() throws {
        try withTemporaryFolder { folder in
            let store = InMemoryArtifactStore(directory: folder)
            let stage = Stage(
                id: StageID("read"), work: .command(Stage.Command(segments: [.text("true")])),
                inputs: [Stage.Input(name: "file", source: .external(ExternalSource(path: "absent.csv")))],
                outputs: [])
            let plan = try Planner(store: store) { _ in nil }.plan(
                Selection(of: Pipeline(name: "p", stages: [stage])))
            guard case .blocked(let sentence) = plan.entries[0].state else {
                Issue.record("the stage is not blocked")
                return
            }
            #expect(sentence.contains("absent.csv"))
        }
    }

    @Test func aStageThatMayNotRunIsBlockedUnlessTheStoreHasItsResult() throws {
        try withTemporaryFolder { folder in
            let store = InMemoryArtifactStore(directory: folder)
            let planner = Planner(store: store) { _ in nil }
            let selection = Selection(of: chain(), chosen: [StageID("b")], reach: .alone)
            #expect(states(try planner.plan(selection)) == ["blocked", "pending on [a]"])
            _ = try commit(chain().stages[0], content: "a", inputs: [:], in: store, folder: folder)
            #expect(states(try planner.plan(selection)) == ["up to date", "stale 1"])
        }
    }
}
