import Files
import Glibc
import TestSupport
import Testing

/// What a stage has started ends with it, wherever that has moved to.
@Suite struct OrphanTests {
    /// A length of sleep that no other test uses, by which a process is found.
    private let mark = "86400.\(UInt32.random(in: 1_000_000...(.max)))"

    private var sleepers: [Int32] {
        let names = (try? FileSystem.names(in: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { number in
            let words = (try? FileContents.read(FilePath("/proc/\(number)/cmdline"))) ?? []
            return String(decoding: words, as: UTF8.self) == "sleep\u{0}\(mark)\u{0}"
        }
    }

    private func pipeline(
        _ rest: String, more: String = "", permissions: String = "allow: { write: [marks] }"
    ) -> String {
        let escape =
            "env -i setsid sh -c '(setsid sleep \(mark) &) ; sleep \(mark)' & sleep 0.2; touch marks/started"
        return """
            pipeline: orphans
            stages:
              a: { run: "\(escape); echo x > ${outputs.o}; \(rest)", outputs: { o: o.txt }, \(permissions)\(more) }
            """
    }

    /// True once nothing that sleeps is left.
    private func allHaveEnded() -> Bool {
        for _ in 0..<500 where !sleepers.isEmpty { usleep(20_000) }
        return sleepers.isEmpty
    }

    @Test(arguments: [
        ("true", "", 0, "left processes running"), ("exit 1", "", 1, "exit status 1"),
        ("sleep 600", ", resources: { time: 1s }", 1, "time limit"),
        ("kill -9 $$", "", 1, "signal 9"),
        // A confined stage cannot: signals stay inside.
        ("kill -9 $PPID; sleep 600", ", confined: false", 1, "was killed"),
    ])
    func theyEndWithTheStage(rest: String, more: String, status: Int, words: String) throws {
        let permissions = more.contains("confined") ? "retries: 0" : "allow: { write: [marks] }"
        try withWorkspace(pipeline(rest, more: more, permissions: permissions)) { workspace in
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(sleepers.isEmpty)
            #expect(outcome.status == Int32(status) && outcome.errors.contains(words), "\(outcome.errors)")
        }
    }

    @Test func theyEndWithTheStageWhileTheRunContinues() throws {
        let more =
            "\n  b: { run: \"while [ ! -e marks/stop ]; do sleep 0.05; done; echo > ${outputs.o}\", outputs: { o: o }, allow: { write: [marks] } }"
        try withWorkspace(pipeline("true") + more) { workspace in
            let running = try BuiltProgram.sluice.start(["run", "p.yaml", "-j2"], in: workspace.folder)
            for _ in 0..<3000 where !FileSystem.exists(workspace.folder.appending("marks/started")) {
                usleep(20_000)
            }
            #expect(allHaveEnded())
            #expect(!running.hasEnded(within: 0))
            try write("", to: workspace.folder.appending("marks/stop"))
            let outcome = try running.wait()
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }

    @Test(arguments: [true, false])
    func theyEndWithTheDriver(isInterrupted: Bool) throws {
        try withWorkspace(pipeline("sleep 600")) { workspace in
            let running = try BuiltProgram.sluice.start(["run", "p.yaml"], in: workspace.folder)
            for _ in 0..<3000 where !FileSystem.exists(workspace.folder.appending("marks/started")) {
                usleep(20_000)
            }
            #expect(!sleepers.isEmpty)
            if isInterrupted {
                // Two signals at once may be one.
                for _ in 0..<500 where !running.hasEnded(within: 0.1) { running.interrupt() }
                let outcome = try running.wait()
                #expect(outcome.status == 130, "\(outcome.errors)")
                #expect(sleepers.isEmpty)
            } else {
                running.kill()
                #expect(allHaveEnded())
                _ = try running.wait()
            }
        }
    }
}
