import Files
import Glibc
import TestSupport
import Testing

/// Ctrl-C, which a terminal sends to the whole process group: once to finish what is running, twice to end it.
@Suite struct InterruptTests {
    /// A length of sleep that no other test uses, by which a process is found.
    private let mark = "86400.\(UInt32.random(in: 1_000_000...(.max)))"

    /// `a` waits for the file `go`; what it leaves in another session would sleep for a day.
    private var pipeline: String {
        """
        pipeline: interrupted
        stages:
          a:
            run: |
              trap '' TERM
              (setsid sleep \(mark) &) ; sleep 0.2; touch marks/started
              while [ ! -e marks/go ]; do sleep 0.02; done; echo a > ${outputs.o}
            outputs: { o: o.txt }
            allow: { write: [marks] }
          b: { run: "cat ${inputs.x} > ${outputs.o}", inputs: { x: a }, outputs: { o: o.txt } }
          other: { run: "echo other > ${outputs.o}", outputs: { o: o.txt } }
        """
    }

    /// Starts the run and waits until `a` has begun.
    private func start(_ workspace: Workspace) throws -> RunningProgram {
        let running = try BuiltProgram.sluice.start(["run", "p.yaml", "-j1"], in: workspace.folder)
        let started = workspace.folder.appending("marks/started")
        for _ in 0..<3000 where !FileSystem.exists(started) { usleep(20_000) }
        return running
    }

    /// Sends the first Ctrl-C and waits until the run says that it has understood.
    private func interruptOnce(_ running: RunningProgram) {
        running.interrupt()
        for _ in 0..<3000 where !running.errorsSoFar.contains("Ctrl-C again kills them") { usleep(20_000) }
    }

    private var sleepers: [Int32] {
        let names = (try? FileSystem.names(in: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { number in
            let words = (try? FileContents.read(FilePath("/proc/\(number)/cmdline"))) ?? []
            return String(decoding: words, as: UTF8.self) == "sleep\u{0}\(mark)\u{0}"
        }
    }

    @Test func theFirstLetsRunningStagesFinishAndStartsNoOthers() throws {
        try withWorkspace(pipeline) { workspace in
            let running = try start(workspace)
            interruptOnce(running)
            #expect(!running.hasEnded(within: 0.5))
            #expect(!sleepers.isEmpty)
            try write("", to: workspace.folder.appending("marks/go"))
            let outcome = try running.wait()
            #expect(outcome.status == 130, "\(outcome.errors)")
            #expect(sleepers.isEmpty)
            // What has finished is kept; what had not begun has not run.
            let next = try workspace.run()
            #expect(next.dispositions["a"] == "cached" && next.dispositions["b"] == "ran")
        }
    }

    @Test func theSecondEndsThemAtOnceAndLeavesNothing() throws {
        try withWorkspace(pipeline) { workspace in
            let running = try start(workspace)
            interruptOnce(running)
            running.interrupt()
            // Nothing else would end `a`: it ignores SIGTERM, and `go` is never written.
            let outcome = try running.wait(seconds: 60)
            #expect(outcome.status == 130 && !outcome.isTimedOut, "\(outcome.errors)")
            #expect(sleepers.isEmpty)
            let attempts = workspace.folder.appending("artifacts/work/attempts")
            let left = try FileSystem.names(in: attempts).filter { name in
                try !FileSystem.names(in: attempts.appending(name)).isEmpty
            }
            #expect(left.isEmpty)
            try write("", to: workspace.folder.appending("marks/go"))
            #expect(try workspace.run().dispositions["a"] == "ran")
        }
    }
}
