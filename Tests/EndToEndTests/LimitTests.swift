import Files
import Glibc
import TestSupport
import Testing

/// What the machine refuses is an error with a sentence: not success, and not the end by a signal.
@Suite struct LimitTests {
    private let pipeline = """
        pipeline: limits
        stages:
          a: { run: "seq 20000 > ${outputs.o}", outputs: { o: o.txt } }
          b: { run: "cat ${inputs.x} > ${outputs.o}", inputs: { x: a.o }, outputs: { o: o.txt } }
        publish: { b.txt: b }
        """

    /// Calls the program by way of a shell.
    private func shell(_ command: String, in workspace: Workspace) throws -> BuiltProgram.Outcome {
        try BuiltProgram(at: "/bin/sh").run(
            ["-c", command], in: workspace.folder,
            environment: ["SLUICE": BuiltProgram.sluice.path.text])
    }

    @Test(arguments: [
        "$SLUICE cache cat a > /dev/full", "$SLUICE cache ls > /dev/full",
        "$SLUICE status p.yaml > /dev/full",
        "$SLUICE run p.yaml --json > /dev/full", "$SLUICE logs a > /dev/full", "$SLUICE kinds > /dev/full",
        "$SLUICE runs --json > /dev/full", "$SLUICE help > /dev/full",
    ])
    func aResultThatCannotBeWrittenIsAnError(command: String) throws {
        try withWorkspace(pipeline.replacing("seq", with: "echo log >&2; seq")) { workspace in
            _ = try workspace.run()
            let outcome = try shell(command, in: workspace)
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.hasSuffix(
                    "sluice: cannot write standard output: No space left on device\n"),
                "\(outcome.errors)")
        }
    }

    @Test func aClosedPipeIsNotAnError() throws {
        try withWorkspace(pipeline) { workspace in
            let outcome = try shell(
                "{ $SLUICE run p.yaml --json; echo $? > status; } | true; cat status", in: workspace)
            #expect(outcome.output == "0\n", "\(outcome.errors)")
        }
    }

    /// Whatever the limit, the run ends with a sentence or well, and the next one is right.
    @Test(arguments: [
        "ulimit -f 0", "ulimit -f 1", "ulimit -f 16", "ulimit -f 200", "ulimit -n 4", "ulimit -n 5",
        "ulimit -n 6",
        "ulimit -n 7", "ulimit -n 8", "ulimit -n 9", "ulimit -n 10", "ulimit -n 12", "ulimit -n 14",
        "ulimit -n 16",
        "ulimit -n 18", "ulimit -n 20", "ulimit -n 24",
    ])
    func aTightLimitIsAnErrorAtMost(limit: String) throws {
        try withWorkspace(pipeline) { workspace in
            // By way of a pipe: the limit is also one for the file that the test takes the messages in.
            let outcome = try shell(
                "all=$( (\(limit); exec $SLUICE run p.yaml) 2>&1; echo status $?); echo \"$all\" >&2; exit ${all##*status }",
                in: workspace)
            #expect((0...3).contains(outcome.status), "\(outcome.status) \(outcome.errors)")
            #expect(
                outcome.status == 0 || outcome.errors.contains("sluice: ")
                    || outcome.errors.contains("failed"))
            #expect(try workspace.run().dispositions.count == 2)
            let lines = try workspace.lines(of: "artifacts/out/limits/b.txt")
            #expect(lines.count == 20_000 && lines.last == "20000")
        }
    }

    @Test func aStoreThatIsRemovedWhileItIsUsedIsAnError() throws {
        let text = """
            pipeline: removed
            stages:
              a: { run: "touch marks/started; while [ ! -e marks/go ]; do sleep 0.02; done; echo > ${outputs.o}", outputs: { o: o }, allow: { write: [marks] } }
            """
        for victim in ["artifacts/store.sqlite", "artifacts"] {
            try withWorkspace(text) { workspace in
                let running = try BuiltProgram.sluice.start(["run", "p.yaml"], in: workspace.folder)
                let started = workspace.folder.appending("marks/started")
                for _ in 0..<3000 where !FileSystem.exists(started) { usleep(20_000) }
                try FileSystem.removeTree(workspace.folder.appending(victim))
                try write("", to: workspace.folder.appending("marks/go"))
                let outcome = try running.wait()
                #expect(outcome.status == 3 || outcome.status == 1, "\(outcome.status)")
                #expect(!outcome.errors.contains("Done"), "\(outcome.errors)")
            }
        }
    }

    /// What all processes of a stage have counts, and what they share counts once.
    @Test func memoryIsALimit() throws {
        let hold = "python3 -c 'import os, time; b = bytes([1]) * (150 << 20); FORK; time.sleep(TIME)'"
        func text(_ command: String) -> String {
            "pipeline: memory\nstages:\n  a: { run: \"\(command); echo > ${outputs.o}\", outputs: { o: o }, resources: { memory: 200MiB } }\n"
        }
        let two = hold.replacing("FORK", with: "0").replacing("TIME", with: "60")
        try withWorkspace(text("\(two) & \(two)")) { workspace in
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(
                outcome.status == 1 && outcome.errors.contains("more than its limit of 200 MiB"),
                "\(outcome.errors)")
        }
        let forked = hold.replacing("FORK", with: "os.fork()").replacing("TIME", with: "1.5")
        try withWorkspace(text(forked)) { workspace in
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }

    /// An output of holes takes no disk; to read and to keep it takes time.
    @Test(arguments: [
        (", resources: { disk: 1GiB }", "more than its limit of 1 GiB"),
        (", resources: { time: 1s }", "longer than its time limit"),
    ])
    func anOutputOfHolesIsBoundLikeOthers(more: String, words: String) throws {
        let text =
            "pipeline: holes\nstages:\n  a: { run: \"truncate -s 4T ${outputs.o}\", outputs: { o: o }\(more) }\n"
        try withWorkspace(text) { workspace in
            let outcome = try workspace.sluice("run", "p.yaml")
            #expect(outcome.status == 1 && outcome.errors.contains(words), "\(outcome.errors)")
        }
    }
}
