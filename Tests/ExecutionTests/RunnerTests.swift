import Dataflow
import Digests
import Files
import Processes
import StageSchemas
import Synchronization
import TestSupport
import Testing

@testable import Execution

/// The run loop on a store in memory, with shell stages.
struct RunnerTests {
    /// What a runner reports, as lines.
    private final class Recorder: Reporter {
        private let events = Mutex<[RunEvent]>([])
        func report(_ event: RunEvent) { events.withLock { $0.append(event) } }

        var all: [RunEvent] { events.withLock { $0 } }

        /// The stages that were started, in order.
        var started: [String] {
            all.compactMap { event in
                if case .stageStarted(let stage, _, _, _) = event { stage.description } else { nil }
            }
        }
    }

    private func stage(
        _ name: String, _ command: String, after inputs: [String] = [], retries: Int = 0,
        seconds: Double? = nil
    ) -> Stage {
        var segments: [Stage.Command.Segment] = [.text("exec > ")]
        segments += [.output("o"), .text("; "), .text(command)]
        var resources = Stage.Resources()
        resources.time = seconds.map { .seconds($0) }
        return Stage(
            id: StageID(name),
            work: .command(Stage.Command(segments: segments)),
            inputs: inputs.map {
                Stage.Input(name: $0, source: .output(OutputReference(stage: StageID($0), output: "o")))
            }, outputs: [Stage.Output(name: "o", fileName: "o.txt")], resources: resources, retries: retries)
    }

    private struct Trial {
        let folder: FilePath
        let store: InMemoryArtifactStore
        let recorder = Recorder()

        func run(
            _ stages: [Stage], jobs: Int = 2, _ change: (inout RunOptions) -> Void = { _ in }
        ) throws -> RunSummary {
            let attempts = folder.appending("attempts")
            try FileSystem.makeDirectories(attempts)
            var options = RunOptions(
                capacity: SchedulerState.Capacity(cpus: jobs),
                workerExecutable: BuiltProgram.sluice.path.text, environment: [:],
                publicationFolder: folder.appending("out"), attemptsFolder: attempts)
            options.retryPause = 0.01
            options.terminationGrace = 0.05
            change(&options)
            let pipeline = Pipeline(name: "p", stages: stages)
            let runner = try Runner(pipeline: pipeline, store: store, reporter: recorder, options: options)
            let summary = try runner.run(RunDescription(pipeline: "p", file: "p.yaml", arguments: []))
            #expect(try FileSystem.names(in: attempts).isEmpty)
            #expect(store.claimCount == 0)
            return summary
        }
    }

    private func withTrial(_ body: (Trial) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try body(Trial(folder: folder, store: InMemoryArtifactStore(directory: folder)))
        }
    }

    private func dispositions(_ summary: RunSummary) -> [String: Disposition] {
        Dictionary(summary.results.map { ($0.stage.description, $0.disposition) }) { first, _ in first }
    }

    @Test func runsInOrderAndFindsItAllTheSecondTime() throws {
        try withTrial { trial in
            let stages = [
                stage("a", "echo a"), stage("b", "echo b", after: ["a"]), stage("c", "echo c", after: ["b"]),
            ]
            #expect(dispositions(try trial.run(stages)) == ["a": .ran, "b": .ran, "c": .ran])
            #expect(trial.recorder.started == ["a", "b", "c"])
            let second = try trial.run(stages)
            #expect(second.outcome == .succeeded)
            #expect(dispositions(second) == ["a": .cached, "b": .cached, "c": .cached])
            #expect(trial.recorder.started.count == 3)
        }
    }

    @Test(arguments: [1, 2, 8]) func stagesWithOneKeyDoTheWorkOnce(jobs: Int) throws {
        try withTrial { trial in
            let count = trial.folder.appending("count").text
            let command = "sleep 0.05; echo x >> \(count); echo same"
            let stages =
                ["a", "b", "c", "d"].map { stage($0, command) } + [stage("e", "echo e", after: ["d"])]
            let summary = try trial.run(stages, jobs: jobs)
            #expect(try read(FilePath(count)) == "x\n")
            // The one that most depends on comes first.
            #expect(summary.results.filter { $0.disposition == .ran }.map(\.stage.description) == ["d", "e"])
            #expect(Set(summary.results.prefix(4).map { $0.trace?.outputs["o"]?.digest }).count == 1)
        }
    }

    @Test func aSharedKeyThatFailsLeavesTheOthersTheirTurn() throws {
        try withTrial { trial in
            let count = trial.folder.appending("count").text
            // The first try fails.
            let command = "sleep 0.05; echo x >> \(count); test $(wc -l < \(count)) -ge 2"
            let summary = try trial.run([stage("a", command), stage("b", command)]) { $0.keepsGoing = true }
            #expect(dispositions(summary) == ["a": .failed, "b": .ran])
            let stopped = try trial.run([stage("c", "sleep 0.05; exit 1"), stage("d", "sleep 0.05; exit 1")])
            #expect(dispositions(stopped) == ["c": .failed, "d": .canceled])
        }
    }

    @Test func aFailureIsTriedAgainAsOftenAsAllowed() throws {
        try withTrial { trial in
            let count = trial.folder.appending("count").text
            let stages = [
                stage("twice", "echo x >> \(count).1; test $(wc -l < \(count).1) -ge 3", retries: 2),
                stage("never", "echo x >> \(count).2; exit 4", retries: 1),
            ]
            let summary = try trial.run(stages) { $0.keepsGoing = true }
            #expect(dispositions(summary) == ["twice": .ran, "never": .failed])
            #expect(summary.outcome == .failed)
            #expect(try read(FilePath(count + ".2")) == "x\nx\n")
            #expect(
                summary.results.first { $0.disposition == .failed }?.message == "it ended with exit status 4")
        }
    }

    @Test func aStageThatGoesOnForEverIsEndedAtItsLimit() throws {
        try withTrial { trial in
            // Deaf to the polite signal, with a child that is too.
            let summary = try trial.run([
                stage("slow", "trap '' TERM; (trap '' TERM; sleep 600) & sleep 600", seconds: 0.2)
            ])
            #expect(dispositions(summary) == ["slow": .failed])
            #expect(summary.results[0].message == "it took longer than its time limit of 0.2 seconds")
        }
    }

    @Test func otherStagesAreSkippedOrGoneOnWith() throws {
        let stages = [
            stage("bad", "exit 1"), stage("after", "echo", after: ["bad"]), stage("free", "echo free"),
        ]
        try withTrial { trial in
            let stopped = dispositions(try trial.run(stages, jobs: 1))
            #expect(stopped["bad"] == .failed && stopped["after"] == .skipped)
        }
        try withTrial { trial in
            let summary = try trial.run(stages, jobs: 1) { $0.keepsGoing = true }
            #expect(dispositions(summary) == ["bad": .failed, "after": .skipped, "free": .ran])
        }
    }

    /// Of so many short stages some are claimed before their turn, which then never comes.
    @Test func aRunThatEndsEarlyClaimsNothingAnyMore() throws {
        try withTrial { trial in
            let stages = (0..<60).map { stage("s\($0)", $0 == 30 ? "false" : "true; echo \($0)") }
            let summary = try trial.run(stages)
            #expect(summary.outcome == .failed)
            #expect(dispositions(summary)["s59"] == .canceled)
        }
    }

    @Test func forcedStagesRunAndVerifiedOnesAreCompared() throws {
        try withTrial { trial in
            let stages = [stage("steady", "echo 1"), stage("random", "head -c 8 /dev/urandom")]
            _ = try trial.run(stages)
            let forced = try trial.run(stages) { $0.forced = [StageID("steady")] }
            #expect(dispositions(forced) == ["steady": .ran, "random": .cached])
            #expect(forced.results[0].reasons == [.forced])
            let verified = try trial.run(stages) {
                $0.verifies = true
                $0.keepsGoing = true
            }
            #expect(dispositions(verified) == ["steady": .ran, "random": .failed])
            let message = verified.results.first { $0.disposition == .failed }?.message
            #expect(message?.contains("not deterministic: the output 'o' differs") == true)
        }
    }

    @Test func aLostOutputIsTheReasonToRunAgain() throws {
        try withTrial { trial in
            let stages = [stage("a", "echo a")]
            let first = try trial.run(stages)
            let artifact = try #require(first.results[0].trace?.outputs["o"])
            trial.store.lose(artifact.digest)
            let again = try trial.run(stages)
            #expect(again.results[0].disposition == .ran)
            #expect(again.results[0].reasons == [.outputMissing(name: "o")])
        }
    }

    @Test func whatAStageSeesIsTheSameEverywhere() throws {
        try withTrial { trial in
            _ = try trial.run([stage("env", "env | cut -d= -f1 | sort | tr '\\n' ' '; echo $LANG $TZ")]) {
                $0.environment = [
                    "LANG": "tr_TR", "TZ": "Asia/Kathmandu", "SECRET": "x", "PATH": "/usr/bin:/bin",
                ]
            }
            let artifact = try #require(trial.store.results[0].trace?.outputs["o"])
            let text = String(decoding: try #require(trial.store.bytes(of: artifact.digest)), as: UTF8.self)
            #expect(text.hasSuffix("C.UTF-8 UTC\n"))
            #expect(!text.contains("SECRET") && text.contains("TMPDIR"))
        }
    }

    @Test func aLogThatIsTooLongKeepsItsBeginningAndEnd() throws {
        try withTrial { trial in
            let summary = try trial.run([
                stage("talk", "(echo first; head -c 20000000 /dev/zero | tr '\\0' x; echo last) >&2; exit 1")
            ])
            let log = try #require(summary.results[0].failureLog)
            let bytes = try #require(trial.store.bytes(of: log))
            #expect(bytes.count > 16 << 20 && bytes.count < 17 << 20)
            #expect(bytes.starts(with: "first\n".utf8) && bytes.suffix(5) == Array("last\n".utf8)[...])
        }
    }

    @Test func aLogIsKeptFromFillingTheDiskWhileTheStageGoesOn() throws {
        try withTrial { trial in
            // The stage itself watches what its log takes, in blocks of 512 bytes, until that is less than it wrote.
            let wait = """
                for i in $(seq 400); do
                  blocks=$(stat -L -c %b /proc/self/fd/2); test $blocks -lt 80000 && break; sleep 0.05
                done; echo $blocks; echo last >&2
                """
            let summary = try trial.run([
                stage("talk", "(echo first; head -c 60000000 /dev/zero | tr '\\0' x) >&2; \(wait)")
            ]) { $0.inspectionInterval = 0.02 }
            let trace = try #require(summary.results[0].trace)
            let artifact = try #require(trace.outputs["o"])
            let output = try #require(trial.store.bytes(of: artifact.digest))
            let blocks = try #require(Int(String(decoding: output.dropLast(), as: UTF8.self)))
            #expect(blocks * 512 < 60_000_000)
            let digest = try #require(trace.log)
            let log = try #require(trial.store.bytes(of: digest))
            #expect(log.count > 16 << 20 && log.count < 17 << 20)
            #expect(log.starts(with: "first\n".utf8) && log.suffix(6) == Array("xlast\n".utf8)[...])
            #expect(!log.contains(0))
        }
    }
}
