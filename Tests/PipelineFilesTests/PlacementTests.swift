import Dataflow
import Testing

@testable import PipelineFiles

/// Where stages run, and how often they are tried again.
struct PlacementTests {
    private func text(_ stage: String, _ file: String = "") -> String {
        """
        pipeline: p
        parameters: { name: gpu }
        \(file)
        stages:
          a:
            run: echo > ${outputs.o}
            outputs: { o: o }
            \(stage)

        """
    }

    @Test func aStagesSettingsReplaceTheFilesKeyByKey() throws {
        let pipeline = try load(
            text(
                "slurm: { partition: \"${name}\", group: 5 }",
                "executor: slurm\nslurm: { partition: short, account: me, options: [--qos=low] }\nshared: /scratch/x"
            )
        ).pipeline
        #expect(
            pipeline.stages[0].placement
                == Placement(
                    executor: .slurm,
                    slurm: SlurmSettings(partition: "gpu", account: "me", options: ["--qos=low"], group: 5)))
        #expect(pipeline.sharedFolder == "/scratch/x")
        #expect(
            try load(text("executor: local", "executor: slurm")).pipeline.stages[0].placement.executor
                == .local)
        #expect(try load(text("retries: 1")).pipeline.stages[0].placement == Placement())
    }

    @Test func retriesMayGrow() throws {
        func retries(_ value: String) throws -> Retries {
            try load(text("retries: " + value)).pipeline.stages[0].retries
        }
        #expect(try retries("3") == Retries(3))
        #expect(
            try retries("{ times: 2, memory: double, time: 1.5 }")
                == Retries(2, memoryFactor: 2, timeFactor: 1.5))
    }

    @Test(arguments: [
        ("executor: cloud", "executor: expected local or slurm"),
        ("slurm: fast", "slurm: expected a map"),
        ("slurm: { partitoin: x }", "slurm: unknown key 'partitoin'; did you mean 'partition'?"),
        ("slurm: { partition: a b }", "partition: expected a name"),
        ("slurm: { group: 0 }", "group: expected an integer from 1 to 10000"),
        ("slurm: { options: --qos=low }", "options: expected a list of options of sbatch"),
        ("slurm: { options: [qos] }", "options: expected an option with its value"),
        ("slurm: { options: [--mem=1G] }", "options: --mem follows from the stage's resources:"),
        ("slurm: { options: [--array=1-3] }", "options: --array is set by sluice itself"),
        ("slurm: { options: [--account=x] }", "options: write account: under slurm: instead"),
        ("retries: -1", "retries: expected an integer from 0 to 100"),
        ("retries: { memory: double }", "retries: needs times:"),
        ("retries: { times: 1, memory: half }", "memory: expected double, or a factor from 1 to 16"),
        ("retries: { times: 1, memroy: 2 }", "retries: unknown key 'memroy'; did you mean 'memory'?"),
    ])
    func mistakesAreTold(_ stage: String, _ message: String) {
        let found = mistakes(text(stage))
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }
}
