import Dataflow
import Digests
import Files
import StageSchemas
import Synchronization
import TestSupport
import Testing

@testable import Execution

/// Attempts as processes of this machine: shell commands, run by the whole loop on a store in memory.
@Suite struct LocalExecutorTests {
    private func stage(_ name: String, _ command: String, seconds: Double? = nil) -> Stage {
        var resources = Stage.Resources()
        resources.time = seconds.map { .seconds($0) }
        return Stage(
            id: StageID(name),
            work: .command(
                Stage.Command(segments: [.text("exec > "), .output("o"), .text("; "), .text(command)])),
            outputs: [Stage.Output(name: "o", fileName: "o.txt")], resources: resources)
    }

    private struct Trial {
        let folder: FilePath
        let store: InMemoryArtifactStore

        func run(_ stages: [Stage], _ change: (inout RunOptions) -> Void = { _ in }) throws -> RunSummary {
            let attempts = folder.appending("attempts")
            try FileSystem.makeDirectories(attempts)
            var options = RunOptions(
                capacity: SchedulerState.Capacity(cpus: 2),
                workerExecutable: BuiltProgram.sluice.path.text, environment: [:],
                publicationFolder: folder.appending("out"), attemptsFolder: attempts)
            options.terminationGrace = 0.05
            change(&options)
            let runner = try Runner(
                Selection(of: Pipeline(name: "p", stages: stages)), store: store, reporter: Recorder(),
                options: options)
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

    @Test func anEndlessStageIsKilledAtItsLimit() throws {
        try withTrial { trial in
            // Deaf to the polite signal, with a child that is too.
            let summary = try trial.run([
                stage("slow", "trap '' TERM; (trap '' TERM; sleep 600) & sleep 600", seconds: 0.2)
            ])
            #expect(summary.results.map(\.disposition) == [.failed])
            #expect(summary.results[0].message == "it took longer than its time limit of 0.2 seconds")
        }
    }

    @Test func whatAStageSeesIsTheSameEverywhere() throws {
        try withTrial { trial in
            _ = try trial.run([
                stage("env", "env | cut -d= -f1 | sort | tr '\\n' ' '; echo $LANG $LC_CTYPE $TZ")
            ]) {
                $0.environment = [
                    "LANG": "tr_TR", "TZ": "Asia/Kathmandu", "SECRET": "x", "PATH": "/usr/bin:/bin",
                ]
            }
            let artifact = try #require(trial.store.results[0].trace?.outputs["o"])
            let text = String(decoding: try #require(trial.store.content(of: artifact.digest)), as: UTF8.self)
            #expect(text.hasSuffix("C C.UTF-8 UTC\n"))
            #expect(!text.contains("SECRET") && text.contains("TMPDIR"))
        }
    }

    @Test func aLogThatIsTooLongKeepsItsBeginningAndEnd() throws {
        try withTrial { trial in
            let summary = try trial.run([
                stage("talk", "(echo first; head -c 20000000 /dev/zero | tr '\\0' x; echo last) >&2; exit 1")
            ])
            let log = try #require(summary.results[0].failureLog)
            let bytes = try #require(trial.store.content(of: log))
            #expect(bytes.count > 16 << 20 && bytes.count < 17 << 20)
            #expect(bytes.starts(with: "first\n".utf8) && bytes.suffix(5) == Array("last\n".utf8)[...])
        }
    }

    @Test func aLogDoesNotFillTheDiskWhileTheStageRuns() throws {
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
            let output = try #require(trial.store.content(of: artifact.digest))
            let blocks = try #require(Int(String(decoding: output.dropLast(), as: UTF8.self)))
            #expect(blocks * 512 < 60_000_000)
            let digest = try #require(trace.log)
            let log = try #require(trial.store.content(of: digest))
            #expect(log.count > 16 << 20 && log.count < 17 << 20)
            #expect(log.starts(with: "first\n".utf8) && log.suffix(6) == Array("xlast\n".utf8)[...])
            #expect(!log.contains(0))
        }
    }
}
