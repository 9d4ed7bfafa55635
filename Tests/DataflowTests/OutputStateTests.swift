import Dataflow
import Digests
import Files
import StageSchemas
import TestSupport
import Testing

/// Outputs that need not be written, files that can be run, and stages that always or never run.
struct OutputStateTests {
    private let store = InMemoryArtifactStore(directory: "/")

    private func command(_ name: String, _ inputs: [Stage.Input] = [], optional: Bool = false) -> Stage {
        Stage(
            id: StageID(name), work: .command(Stage.Command(segments: [.text(name)])), inputs: inputs,
            outputs: [Stage.Output(name: "o", fileName: "o", isOptional: optional)])
    }

    private func reference(_ name: String) -> OutputReference {
        OutputReference(stage: StageID(name), output: "o")
    }

    private func key(_ stage: Stage, _ state: OutputState) throws -> Key {
        let resolver = StageResolver(store: store) { _ in nil }
        return Key(try #require(try resolver.material(for: stage) { _ in state }))
    }

    @Test func anOptionalOutputIsDeclaredInTheKey() throws {
        let artifact = OutputState.artifact(Artifact(digest: SHA256.digest(of: "x"), shape: .file, size: 1))
        #expect(try key(command("s"), artifact) != key(command("s", optional: true), artifact))
    }

    @Test func whatWasNotWrittenIsAnotherInput() throws {
        let one = command("s", [Stage.Input(name: "i", source: .output(reference("a")))])
        let several = command(
            "s", [Stage.Input(name: "i", source: .gather([reference("a"), reference("b")]))])
        let artifact = OutputState.artifact(Artifact(digest: SHA256.digest(of: "x"), shape: .file, size: 1))
        for stage in [one, several] {
            #expect(try key(stage, .notWritten) != key(stage, artifact))
            #expect(try key(stage, .notWritten) != key(command("s"), artifact))
        }
    }

    @Test func onlyCommandsSeeWhetherAFileCanBeRun() throws {
        let input = Stage.Input(name: "i", source: .output(reference("a")))
        let kind = Stage(
            id: StageID("k"), work: .kind(name: "k", parameters: [:], fingerprint: SHA256.digest(of: "code")),
            inputs: [input], outputs: [])
        func state(_ isExecutable: Bool) -> OutputState {
            .artifact(
                Artifact(digest: SHA256.digest(of: "x"), shape: .file, size: 1, isExecutable: isExecutable))
        }
        #expect(try key(command("s", [input]), state(true)) != key(command("s", [input]), state(false)))
        #expect(try key(kind, state(true)) == key(kind, state(false)))
    }

    @Test func whatIsKnownByItsContentHasAKeyOfIt() throws {
        func download(_ url: String, _ content: String) -> Stage {
            Stage(
                id: StageID("d"),
                work: .kind(
                    name: "download", parameters: ["url": .string(url)], fingerprint: SHA256.digest(of: url)),
                outputs: [Stage.Output(name: "file", fileName: "file", expected: SHA256.digest(of: content))])
        }
        #expect(try key(download("a", "x"), .notWritten) == key(download("b", "x"), .notWritten))
        #expect(try key(download("a", "x"), .notWritten) != key(download("a", "y"), .notWritten))
    }

    @Test func aStageThatReadsADownloadHasAKeyBeforeTheDownload() throws {
        let content = SHA256.digest(of: "x")
        let download = Stage(
            id: StageID("d"), work: .kind(name: "download", parameters: [:], fingerprint: content),
            outputs: [Stage.Output(name: "o", fileName: "o", expected: content)])
        let reader = command("r", [Stage.Input(name: "i", source: .output(reference("d")))])
        let pipeline = Pipeline(name: "p", stages: [download, reader])
        let plan = try Planner(store: store, environment: { _ in nil }).plan(Selection(of: pipeline))
        for entry in plan.entries {
            guard case .stale = entry.state else {
                Issue.record("\(entry.stage.id) should be stale")
                continue
            }
        }
    }
}
