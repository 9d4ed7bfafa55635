import Files
import Glibc
import TestSupport
import Testing

/// What a stage reads is what its key says, from its start to its end.
@Suite struct ChangedInputTests {
    private let slow = """
        pipeline: race
        stages:
          slow:
            run: touch marks/started; while [ ! -e marks/go ]; do sleep 0.02; done; cat ${inputs.x} > ${outputs.o}
            allow: { write: [marks] }
            inputs: { x: { file: in.txt } }
            outputs: { o: o.txt }
        publish: { o.txt: slow }
        """

    private func run(_ workspace: Workspace, _ whileItRuns: () throws -> Void) throws -> BuiltProgram.Outcome
    {
        let folder = workspace.folder
        for name in ["marks/started", "marks/go"] { try? FileSystem.removeFile(folder.appending(name)) }
        let running = try BuiltProgram.sluice.start(["run", "p.yaml"], in: folder)
        for _ in 0..<3000 where !FileSystem.exists(folder.appending("marks/started")) { usleep(20_000) }
        try whileItRuns()
        try write("", to: folder.appending("marks/go"))
        return try running.wait()
    }

    @Test func anInputFromOutsideThatChangesFailsItsStage() throws {
        try withWorkspace(slow) { workspace in
            let input = workspace.folder.appending("in.txt")
            try write("one\n", to: input)
            let changed = try run(workspace) { try write("two\n", to: input) }
            #expect(changed.status == 1)
            #expect(changed.errors.contains("the input in.txt changed while the stage read it; run again"))
            // Nothing wrong was kept for what it was.
            try write("one\n", to: input)
            let again = try run(workspace) {}
            let published = try read(workspace.folder.appending("artifacts/out/race/o.txt"))
            #expect(again.status == 0 && published == "one\n", "\(again.errors)")
        }
    }

    @Test func soDoesOneThatChangesAndChangesBack() throws {
        try withWorkspace(slow) { workspace in
            let input = workspace.folder.appending("in.txt")
            try write("one\n", to: input)
            let outcome = try run(workspace) {
                try write("two\n", to: input)
                try write("one\n", to: input)
            }
            #expect(outcome.status == 1 && outcome.errors.contains("changed while the stage read it"))
        }
    }

    /// Read-only files can be written to by the superuser, and by who makes them writable.
    @Test(arguments: [
        "chmod u+w ${inputs.x}; echo more >> ${inputs.x}",
        "chmod -R u+w ${inputs.d}; echo more >> ${inputs.d}/f",
    ])
    func aStageThatWritesToItsInputFailsAndNothingElseIsHarmed(command: String) throws {
        let text = """
            pipeline: writing
            stages:
              a: { run: "echo a > ${outputs.o}; mkdir -p ${outputs.d}; echo f > ${outputs.d}/f", outputs: { o: o, d: d/ } }
              b: { run: "COMMAND; echo b > ${outputs.o}", inputs: { x: a.o, d: a.d }, outputs: { o: o }, confined: false }
              c: { run: "cat ${inputs.x} ${inputs.d}/f > ${outputs.o}", inputs: { x: a.o, d: a.d }, outputs: { o: o } }
            publish: { c.txt: c }
            """
        try withWorkspace(text.replacing("COMMAND", with: command)) { workspace in
            let outcome = try workspace.sluice("run", "p.yaml", "-k")
            #expect(outcome.status == 1, "\(outcome.errors)")
            #expect(outcome.errors.contains("stages must not change their inputs"), "\(outcome.errors)")
            try workspace.write(text.replacing("COMMAND", with: "cat ${inputs.x}"))
            let repaired = try workspace.sluice("run", "p.yaml")
            let published = try read(workspace.folder.appending("artifacts/out/writing/c.txt"))
            #expect(repaired.status == 0 && published == "a\nf\n", "\(repaired.errors)")
            let verified = try workspace.sluice("cache", "verify")
            #expect(verified.status == 0, "\(verified.errors)")
        }
    }

    /// A process that a stage leaves behind cannot write to its output after that was sealed: neither by an open file, nor by a
    /// mapped one, wherever it has gone.
    @Test(arguments: [
        "setsid sh -c 'exec 9>>${outputs.o}; echo early >&9; touch marks/ready; sleep 0.5; echo LATE >&9' &",
        "(env -i setsid sh -c '(exec 9>>${outputs.o}; echo early >&9; : > marks/ready; sleep 0.5; echo LATE >&9) &' &)",
        "echo early > ${outputs.o}; setsid python3 map.py ${outputs.o} &",
    ])
    func aStrayWriterDoesNotReachASealedOutput(stray: String) throws {
        let text = """
            pipeline: stray
            stages:
              a:
                run: |
                  \(stray)
                  while [ ! -e marks/ready ]; do sleep 0.02; done
                allow: { write: [marks] }
                outputs: { o: o }
              b: { run: "sleep 1; cat ${inputs.o} > ${outputs.o}", inputs: { o: a }, outputs: { o: o } }
            publish: { b.txt: b }
            """
        let map = """
            import mmap, sys, time
            file = open(sys.argv[1], "r+b")
            memory = mmap.mmap(file.fileno(), 6)
            file.close()
            open("marks/ready", "w").close()
            time.sleep(0.5)
            memory[0:5] = b"LATER"
            time.sleep(60)
            """
        try withWorkspace(text) { workspace in
            try workspace.write(map, to: "map.py")
            let outcome = try workspace.sluice("run", "p.yaml")
            let published = try read(workspace.folder.appending("artifacts/out/stray/b.txt"))
            #expect(outcome.status == 0 && published == "early\n", "\(outcome.errors)")
            let verified = try workspace.sluice("cache", "verify")
            #expect(verified.status == 0, "\(verified.errors)")
        }
    }
}
