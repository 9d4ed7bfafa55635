import Dataflow
import StageSchemas
import Testing

@testable import PipelineFiles

/// `defaults:` and `tags:`.
struct DefaultsTests {
    private static let text = """
        pipeline: p
        parameters: { slow: slow }
        defaults:
          resources: { cpus: 2, memory: 1GiB }
          retries: { times: 1, memory: double }
          shell: python3
          network: true
          environment: [LANG]
          secrets: [TOKEN]
          executor: slurm
          slurm: { partition: long, group: 2 }
        stages:
          plain: { run: x, outputs: { o: o } }
          own:
            run: x
            shell: sh
            outputs: { o: o }
            resources: { memory: 2GiB, licenses: 1 }
            retries: 3
            network: false
            environment: []
            executor: local
            slurm: { group: 3 }
            tags: ["${slow}", train, train]
          open: { run: x, outputs: { o: o }, confined: false }
          kind: { kind: train, inputs: { rows: plain } }

        """

    private func stages(_ text: String = text) throws -> [String: Stage] {
        Dictionary(uniqueKeysWithValues: try load(text).pipeline.stages.map { ($0.id.name, $0) })
    }

    @Test func unsetValuesOfAStageAreTheDefaults() throws {
        let stage = try #require(try stages()["plain"])
        #expect(stage.resources == Stage.Resources(cpus: 2, memory: 1 << 30))
        #expect(stage.retries.times == 1 && stage.retries.memoryFactor == 2)
        #expect(stage.permissions.allowsNetwork && stage.secrets == ["TOKEN"])
        #expect(stage.placement.executor == .slurm && stage.placement.slurm.partition == "long")
        guard case .command(let command) = stage.work else { fatalError("a command") }
        #expect(command.interpreter == ["python3"] && command.environment == ["LANG"])
        #expect(stage.tags.isEmpty)
    }

    @Test func aStagesOwnSettingsTakePrecedence() throws {
        let stage = try #require(try stages()["own"])
        #expect(stage.resources == Stage.Resources(cpus: 2, memory: 2 << 30, others: ["licenses": 1]))
        #expect(stage.retries.times == 3 && stage.retries.memoryFactor == 1)
        #expect(!stage.permissions.allowsNetwork)
        #expect(stage.placement.executor == .local && stage.placement.slurm.group == 3)
        #expect(stage.placement.slurm.partition == "long")
        guard case .command(let command) = stage.work else { fatalError("a command") }
        #expect(command.interpreter == ["sh", "-eu"] && command.environment.isEmpty)
        #expect(stage.tags == ["slow", "train"])
    }

    @Test func irrelevantSettingsOfAStageAreOmitted() throws {
        let stages = try stages()
        #expect(stages["open"]?.permissions.isConfined == false)
        #expect(stages["kind"]?.permissions.allowsNetwork == true && stages["kind"]?.resources.cpus == 2)
    }

    @Test func theSameWithAndWithoutDefaultsIsTheSame() throws {
        let long = try load(
            """
            pipeline: p
            stages:
              a: { run: x, outputs: { o: o }, shell: sh, environment: [LANG] }

            """)
        let short = try load(
            """
            pipeline: p
            defaults: { shell: sh, environment: [LANG] }
            stages:
              a: { run: x, outputs: { o: o } }

            """)
        #expect(long.pipeline.stages.map(\.work) == short.pipeline.stages.map(\.work))
    }

    @Test(arguments: [
        ("defaults: { retrys: 1 }", "2:13: defaults: unknown key 'retrys'; did you mean 'retries'?"),
        ("defaults: { retries: x }", "2:22: retries: expected an integer from 0 to 100"),
        ("defaults: { resources: { cpus: x } }", "2:32: cpus: expected an integer of at least 1"),
        ("defaults: { environment: LANG }", "2:26: environment: expected a list"),
        ("defaults: { executor: cloud }", "2:23: executor: expected local or slurm"),
        ("defaults: [1]", "2:11: defaults: expected a map"),
        (
            "defaults: { confined: false, network: true }",
            "2:30: network: has no effect on a stage that is not confined"
        ),
        (
            "shell: sh\ndefaults: { shell: sh }",
            "3:13: shell: is also at the top of the file; remove one of the two"
        ),
    ])
    func mistakesAreReportedOnce(lines: String, expected: String) {
        #expect(
            mistakes("pipeline: p\n\(lines)\nstages: { k: { kind: train, inputs: { rows: { file: x } } } }\n")
                == [expected])
    }

    @Test func aTagIsAName() {
        #expect(
            mistakes("pipeline: p\nstages:\n  s: { run: x, outputs: { o: o }, tags: [a b, c] }\n") == [
                "3:42: tags: 'a b' is not a valid tag: use letters, digits, '_' and '-', with a letter first"
            ])
    }

    @Test func tagsOfInstancesMayDiffer() throws {
        let stages = try load(
            "pipeline: p\nstages:\n  s: { run: x, matrix: { size: [small, large] }, tags: ['${matrix.size}'], outputs: { o: o } }\n"
        ).pipeline.stages
        #expect(stages.map(\.tags) == [["small"], ["large"]])
    }
}
