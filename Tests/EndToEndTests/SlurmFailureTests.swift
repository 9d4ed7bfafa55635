import Files
import Glibc
import TestSupport
import Testing

/// What goes wrong on a cluster, and runs that end while jobs are under way.
@Suite struct SlurmFailureTests {
    @Test(arguments: ["NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "before-NODE_FAIL"])
    func aLostAttemptIsRestarted(_ fault: String) throws {
        try StandInCluster.with(StandInCluster.one) { workspace, environment in
            try write("\(fault)\n", to: workspace.folder.appending("cluster/fault"))
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("through no fault of its own"), "\(outcome.errors)")
            #expect(try StandInCluster.submissions(workspace).count == 2)
        }
    }

    @Test(arguments: [
        ("CANCELLED", "its job was canceled"), ("TIMEOUT", "exceeded its time limit"),
        ("OUT_OF_MEMORY", "used more memory than it asked for"),
    ])
    func attemptsEndedByALimitOrTheUserFail(_ fault: String, _ message: String) throws {
        try StandInCluster.with(StandInCluster.one) { workspace, environment in
            try write("\(fault)\n", to: workspace.folder.appending("cluster/fault"))
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains(message), "\(outcome.errors)")
            #expect(try StandInCluster.submissions(workspace).count == 1)
        }
    }

    /// squeue forgets jobs after some minutes; the accounting does not.
    @Test(arguments: [
        ("NODE_FAIL", "", "its node failed"), ("NODE_FAIL", "busy", "its node failed"),
        ("CANCELLED by 1000", "", "its job was canceled"),
    ])
    func theAccountingKnowsWhatIsForgotten(_ fault: String, _ accounting: String, _ message: String) throws {
        try StandInCluster.with(StandInCluster.one) { workspace, environment in
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
        try StandInCluster.with(StandInCluster.one) { workspace, environment in
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
        let text = StandInCluster.one.replacing("sleep 1", with: "echo 'it broke' >&2; exit 7")
        try StandInCluster.with(text) { workspace, environment in
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.contains("it ended with exit status 7") && outcome.errors.contains("it broke"))
            #expect(try StandInCluster.leftovers(workspace) == [])
        }
    }

    @Test func retriesCanHaveMoreMemory() throws {
        let text =
            StandInCluster.one.replacing("sleep 1", with: "exit 7") + """
                    resources: { memory: 100MiB }
                    retries: { times: 2, memory: double }

                """
        try StandInCluster.with(text) { workspace, environment in
            try workspace.run(environment: environment, status: 1)
            let sizes = try StandInCluster.submissions(workspace).map { line in
                line.split(separator: " ").first { $0.hasPrefix("--mem=") }.map(String.init)
            }
            #expect(sizes == ["--mem=235M", "--mem=341M", "--mem=553M"])
        }
    }

    @Test func aBusyControllerIsWaitedFor() throws {
        try StandInCluster.with(StandInCluster.one) { workspace, environment in
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
        try StandInCluster.with(StandInCluster.one) { workspace, environment in
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
        let text = StandInCluster.one.replacing(
            "stages:", with: "slurm: { setup: 'echo no such module >&2; exit 3' }\nstages:")
        try StandInCluster.with(text) { workspace, environment in
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml"], in: workspace.folder, environment: environment)
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.contains("has ended as FAILED without a result: no such module"),
                "\(outcome.errors)")
        }
    }

    @Test func withoutSlurmTheStageSaysSo() throws {
        try withWorkspace(StandInCluster.one) { workspace in
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
        let text = StandInCluster.one.replacing("sleep 1", with: "echo x >> marks/starts; sleep \(seconds)")
            .replacing(
                "outputs: { o: o }", with: "outputs: { o: o }\n    allow: { write: [marks] }")
        try StandInCluster.with(text) { workspace, environment in
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
            #expect(try StandInCluster.submissions(workspace).count == 1)
        }
    }

    @Test func CtrlCEndsTheJobs() throws {
        try withRunningJob(seconds: 60) { program, workspace, environment in
            program.interrupt()
            for _ in 0..<3000 where !program.errorsSoFar.contains("Ctrl-C again kills them") {
                usleep(20_000)
            }
            program.interrupt()
            let outcome = try program.wait()
            #expect(outcome.status == 130, "\(outcome.errors)")
            let state = try read(workspace.folder.appending("cluster/jobs/101_0"))
            #expect(state.hasPrefix("CANCELLED"))
            #expect(try StandInCluster.leftovers(workspace) == [])
        }
    }
}
