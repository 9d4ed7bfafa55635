import Files
import Glibc
import TestSupport
import Testing

/// Runs on a cluster: with a stand-in for Slurm's programs, whose jobs are processes on this machine. `make test-slurm` does
/// the same with a real one.
@Suite struct SlurmTests {
    @Test func resultsAreTheSameWhereverStagesRun() throws {
        try StandInCluster.with { workspace, environment in
            let here = try workspace.run(environment: environment)
            #expect(here.names("ran").count == 5)
            try FileSystem.removeTree(workspace.folder.appending("artifacts"))
            let there = try workspace.run("p.yaml", "--executor", "slurm", environment: environment)
            #expect(there.names("ran").count == 5)
            #expect(here.digests == there.digests)
            #expect(here.stages.map(\.key) == there.stages.map(\.key))
            // One array for the matrix, and one job for what gathers it; `text` says that it runs here.
            let lines = try StandInCluster.submissions(workspace)
            #expect(lines.count == 2)
            #expect(lines[0].contains("--array=0-2") && lines[0].contains("--job-name=sluice:shout"))
            #expect(try StandInCluster.leftovers(workspace) == [])
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
        try StandInCluster.with(text) { workspace, environment in
            #expect(try workspace.run(environment: environment).names("ran") == ["a"])
            let line = try #require(try StandInCluster.submissions(workspace).first)
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
            #expect(try StandInCluster.submissions(workspace).count == 1)
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
        try StandInCluster.with(text) { workspace, environment in
            let document = try workspace.run("p.yaml", "-k", environment: environment, status: 1)
            #expect(document.names("ran").count == 9)
            #expect(document.names("failed") == ["a[i=5]"])
            let lines = try StandInCluster.submissions(workspace)
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
        try StandInCluster.with(text) { workspace, environment in
            let document = try workspace.run(environment: environment.merging(["STAND_IN_ARRAY": "4"]) { $1 })
            #expect(document.names("ran").count == 7)
            let lines = try StandInCluster.submissions(workspace)
            #expect(lines.count == 3)
        }
    }
}
