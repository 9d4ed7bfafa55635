import Files
import Glibc
import TestSupport
import Testing

/// Runs on a cluster: with a stand-in for Slurm's programs, whose jobs are processes on this machine. `make test-slurm` does
/// the same with a real one.
@Suite struct SlurmTests {
    private static let pipeline = """
        pipeline: demo
        parameters: { words: [a, b, c] }
        stages:
          text:
            run: printf 'one\\ntwo\\n' > ${outputs.text}; mkdir ${outputs.parts}; echo x > ${outputs.parts}/x
            outputs: { text: text.txt, parts: parts/ }
            executor: local
          shout:
            matrix: { word: "${words}" }
            run: |
              echo "working on" ${matrix.word}
              cat ${inputs.text} ${inputs.parts}/x notes.txt > ${outputs.o}; echo ${matrix.word} >> ${outputs.o}
            inputs: { text: text.text, parts: text.parts }
            outputs: { o: o.txt }
          all:
            run: cat ${inputs.all} > ${outputs.o}
            inputs: { all: "shout[*]" }
            outputs: { o: o.txt }
        publish: { all.txt: all }

        """

    /// A workspace whose PATH has the stand-in first.
    private func withCluster(
        _ pipeline: String = Self.pipeline, _ body: (Workspace, [String: String]) throws -> Void
    ) throws {
        try withWorkspace(pipeline) { workspace in
            let state = workspace.folder.appending("cluster")
            try FileSystem.makeDirectory(state)
            try write("notes\n", to: workspace.folder.appending("notes.txt"))
            let programs = FilePath(#filePath).parent.parent.appending("slurm/stand-in")
            try body(
                workspace,
                [
                    "PATH": programs.text + ":/usr/local/bin:/usr/bin:/bin", "STAND_IN": state.text,
                    "SLUICE_SLURM_POLL": "0.3",
                ])
        }
    }

    private func submissions(_ workspace: Workspace) throws -> [String] {
        try workspace.lines(of: "cluster/submissions")
    }

    /// What is left of the shared folder, below which everything is removed after a run.
    private func leftovers(_ workspace: Workspace) throws -> [String] {
        let shared = workspace.folder.appending("artifacts/work").appending("slurm")
        return try ["jobs", "objects", "batches", "done"].flatMap { name in
            try FileSystem.names(in: shared.appending(name)).map { name + "/" + $0 }
        }
    }

    @Test func resultsAreTheSameWhereverStagesRun() throws {
        try withCluster { workspace, environment in
            let here = try workspace.run(environment: environment)
            #expect(here.names("ran").count == 5)
            try FileSystem.removeTree(workspace.folder.appending("artifacts"))
            let there = try workspace.run("p.yaml", "--executor", "slurm", environment: environment)
            #expect(there.names("ran").count == 5)
            #expect(here.digests == there.digests)
            #expect(here.stages.map(\.key) == there.stages.map(\.key))
            // One array for the matrix, and one job for what gathers it; `text` says that it runs here.
            let lines = try submissions(workspace)
            #expect(lines.count == 2)
            #expect(lines[0].contains("--array=0-2") && lines[0].contains("--job-name=sluice:shout"))
            #expect(try leftovers(workspace) == [])
            // What a command there has read without declaring it is an input, too.
            #expect(try workspace.run(environment: environment).names("cached").count == 5)
            try write("other notes\n", to: workspace.folder.appending("notes.txt"))
            #expect(try workspace.run(environment: environment).names("ran").count == 4)
            #expect(try workspace.sluice("logs", "shout[word=b]").output.contains("working on b"))
        }
    }

    @Test func resourcesAndSettingsBecomeOptions() throws {
        let text = """
            pipeline: demo
            parameters: { gpus: 2 }
            executor: slurm
            slurm: { partition: long, account: me, options: [--constraint=a100], setup: export MODULES=loaded }
            stages:
              a:
                run: echo > ${outputs.o}
                outputs: { o: o }
                resources: { cpus: 3, memory: 1GiB, time: 1h, gpus: "${gpus}" }
                slurm: { partition: short }
            """
        try withCluster(text) { workspace, environment in
            #expect(try workspace.run(environment: environment).names("ran") == ["a"])
            let line = try #require(try submissions(workspace).first)
            for option in [
                "--partition=short", "--account=me", "--constraint=a100", "--cpus-per-task=3", "--mem=1216M",
                "--time=62", "--gres=gpu:2", "--no-requeue",
            ] { #expect(line.contains(option), "\(option): \(line)") }
            #expect(!line.contains("--partition=long"))
            let script = try read(workspace.folder.appending("cluster/101.script"))
            #expect(script.contains("export MODULES=loaded\n"))
            // The same file on a laptop.
            try FileSystem.removeTree(workspace.folder.appending("artifacts"))
            #expect(
                try workspace.run(
                    "p.yaml", "--executor", "local", "--set", "gpus=0", environment: environment
                ).names("ran") == [
                    "a"
                ])
            #expect(try submissions(workspace).count == 1)
        }
    }

    @Test func shortStagesShareJobs() throws {
        let text = """
            pipeline: demo
            executor: slurm
            slurm: { group: 4 }
            stages:
              a:
                matrix: { i: { range: 10 } }
                run: "[ ${matrix.i} != 5 ]; echo ${matrix.i} > ${outputs.o}"
                outputs: { o: o }
            """
        try withCluster(text) { workspace, environment in
            let document = try workspace.run("p.yaml", "-k", environment: environment, status: 1)
            #expect(document.names("ran").count == 9)
            #expect(document.names("failed") == ["a[i=5]"])
            let lines = try submissions(workspace)
            #expect(lines.count == 1 && lines[0].contains("--array=0-2"))
        }
    }

    @Test func largeMatricesBecomeSeveralArrays() throws {
        let text = """
            pipeline: demo
            executor: slurm
            stages:
              a: { matrix: { i: { range: 7 } }, run: "echo ${matrix.i} > ${outputs.o}", outputs: { o: o } }
            """
        try withCluster(text) { workspace, environment in
            let document = try workspace.run(environment: environment.merging(["STAND_IN_ARRAY": "4"]) { $1 })
            #expect(document.names("ran").count == 7)
            let lines = try submissions(workspace)
            #expect(lines.count == 3)
        }
    }

    private static let one = """
        pipeline: demo
        executor: slurm
        stages:
          a:
            run: |
              echo "attempt at $(date)"; sleep 1
              echo > ${outputs.o}
            outputs: { o: o }

        """

    @Test(arguments: ["NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "before-NODE_FAIL"])
    func whatIsLostIsStartedAgain(_ fault: String) throws {
        try withCluster(Self.one) { workspace, environment in
            try write("\(fault)\n", to: workspace.folder.appending("cluster/fault"))
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("through no fault of its own"), "\(outcome.errors)")
            #expect(try submissions(workspace).count == 2)
        }
    }

    @Test(arguments: [
        ("CANCELLED", "its job was canceled"), ("TIMEOUT", "took longer than it may"),
        ("OUT_OF_MEMORY", "had more memory than it asked for"),
    ])
    func whatALimitOrSomebodyEndedFails(_ fault: String, _ message: String) throws {
        try withCluster(Self.one) { workspace, environment in
            try write("\(fault)\n", to: workspace.folder.appending("cluster/fault"))
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
            #expect(try submissions(workspace).count == 1)
        }
    }

    /// squeue forgets jobs after some minutes; the accounting does not.
    @Test(arguments: [
        ("NODE_FAIL", "", "its node failed"), ("NODE_FAIL", "busy", "its node failed"),
        ("CANCELLED by 1000", "", "its job was canceled"),
    ])
    func theAccountingKnowsWhatIsForgotten(_ fault: String, _ accounting: String, _ message: String) throws {
        try withCluster(Self.one) { workspace, environment in
            for (name, text) in [("fault", fault + "\n"), ("forgets", ""), ("accounting", accounting)] {
                try write(text, to: workspace.folder.appending("cluster/" + name))
            }
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == (fault == "NODE_FAIL" ? 0 : 1), "\(outcome.errors)")
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
        }
    }

    @Test func aClusterWithoutAccountingIsAskedForItOnce() throws {
        try withCluster(Self.one) { workspace, environment in
            for (name, text) in [("fault", "NODE_FAIL\n"), ("forgets", "")] {
                try write(text, to: workspace.folder.appending("cluster/" + name))
            }
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("Slurm no longer knows its job"), "\(outcome.errors)")
            #expect(try workspace.lines(of: "cluster/calls").count { $0 == "sacct" } == 1)
        }
    }

    @Test func aFailureIsThatOfTheStage() throws {
        let text = Self.one.replacing("sleep 1", with: "echo 'it broke' >&2; exit 7")
        try withCluster(text) { workspace, environment in
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.contains("it ended with exit status 7") && outcome.errors.contains("it broke"))
            #expect(try leftovers(workspace) == [])
        }
    }

    @Test func retriesCanHaveMoreMemory() throws {
        let text =
            Self.one.replacing("sleep 1", with: "exit 7") + """
                    resources: { memory: 100MiB }
                    retries: { times: 2, memory: double }

                """
        try withCluster(text) { workspace, environment in
            try workspace.run(environment: environment, status: 1)
            let sizes = try submissions(workspace).map { line in
                line.split(separator: " ").first { $0.hasPrefix("--mem=") }.map(String.init)
            }
            #expect(sizes == ["--mem=235M", "--mem=341M", "--mem=553M"])
        }
    }

    @Test func aBusyControllerIsWaitedFor() throws {
        try withCluster(Self.one) { workspace, environment in
            try write(
                "reject Batch job submission failed: Socket timed out on send/recv operation\n",
                to: workspace.folder.appending("cluster/fault"))
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("waiting to submit jobs: "))
        }
    }

    @Test func whatSlurmRefusesIsTheStagesFailure() throws {
        try withCluster(Self.one) { workspace, environment in
            try write(
                "reject Batch job submission failed: Invalid partition name specified\n",
                to: workspace.folder.appending("cluster/fault"))
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("Invalid partition name specified"))
        }
    }

    @Test func jobsThatCannotBeginSayWhy() throws {
        let text = Self.one.replacing(
            "stages:", with: "slurm: { setup: 'echo no such module >&2; exit 3' }\nstages:")
        try withCluster(text) { workspace, environment in
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.contains("has ended as FAILED without a result: no such module"),
                "\(outcome.errors)")
        }
    }

    @Test func withoutSlurmTheStageSaysSo() throws {
        try withWorkspace(Self.one) { workspace in
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: ["PATH": "/nowhere"])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("'sbatch', a program of Slurm, is not on the PATH"))
        }
    }

    /// Gives `body` a run whose only stage is working in its job, and has left a mark of that.
    private func withRunningJob(
        seconds: Int, _ body: (RunningProgram, Workspace, [String: String]) throws -> Void
    ) throws {
        let text = Self.one.replacing("sleep 1", with: "echo x >> marks/starts; sleep \(seconds)").replacing(
            "outputs: { o: o }", with: "outputs: { o: o }\n    allow: { write: [marks] }")
        try withCluster(text) { workspace, environment in
            let marks = workspace.folder.appending("marks/starts")
            let program = try BuiltProgram.sluice.start(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            for _ in 0..<3000 where !FileSystem.exists(marks) { usleep(20_000) }
            try body(program, workspace, environment)
        }
    }

    @Test func anotherRunFindsTheJobsOfOneThatWasKilled() throws {
        try withRunningJob(seconds: 3) { program, workspace, environment in
            program.kill()
            _ = try program.wait()
            #expect(try workspace.run(environment: environment).names("ran") == ["a"])
            // The stage ran once, in the job of the first run.
            #expect(try workspace.lines(of: "marks/starts").count == 1)
            #expect(try submissions(workspace).count == 1)
        }
    }

    @Test func CtrlCEndsTheJobs() throws {
        try withRunningJob(seconds: 60) { program, workspace, environment in
            program.interrupt()
            for _ in 0..<3000 where !program.errorsSoFar.contains("Ctrl-C again ends them") { usleep(20_000) }
            program.interrupt()
            let outcome = try program.wait()
            #expect(outcome.status == 130, "\(outcome.errors)")
            let state = try read(workspace.folder.appending("cluster/jobs/101_0"))
            #expect(state.hasPrefix("CANCELLED"))
            #expect(try leftovers(workspace) == [])
        }
    }
}
