import Dataflow
import Digests
import Files
import StageSchemas
import TestSupport
import Testing

@testable import PipelineFiles

/// The schema that files in these tests name.
let trainSchema = StageSchema(
    name: "train", summary: "Trains.",
    inputs: [InputPort("rows", "The rows."), InputPort("folds", .optional, "The folds.")],
    outputs: [
        OutputPort("model", "model.bin", "The model."), OutputPort("report", "report.json", "Scores."),
    ],
    parameters: [
        Parameter("rounds", .integer(1...100), default: 10, "How many rounds."),
        Parameter("seed", .optional(.integer(0...1_000_000)), default: .null, "The seed."),
    ],
    brokenRule: { values, inputs in
        guard case .integer(let rounds) = values["rounds"], rounds > 50, !inputs.contains("folds") else {
            return nil
        }
        return ParameterProblem(path: ["rounds"], message: "more than 50 need the input 'folds'")
    })

/// Reads a file's text with the kind `train`.
func load(_ text: String, _ overrides: [Override?] = []) throws(PipelineFileErrors) -> PipelineFile.Loaded {
    try PipelineFile.load(
        text: text, file: "p.yaml", schemas: [trainSchema],
        fingerprints: ["train": SHA256.digest(of: "code")], overrides: overrides.compactMap { $0 })
}

/// The mistakes of a text as `line:column: message`.
func mistakes(_ text: String) -> [String] {
    do {
        _ = try load(text)
        return []
    } catch {
        return error.errors.map { "\($0.location.line):\($0.location.column): \($0.message)" }
    }
}

struct PipelineTests {
    static let example = """
        pipeline: example
        description: Shows all of it.
        parameters: { seed: 7, folds: 2, deep: { path: rows.txt }, rate: 0.5 }
        stages:
          rows:
            run: "sort < ${inputs.text} > ${outputs.rows}; echo ${rate} $${HOME}"
            inputs: { text: { file: "${deep.path}" } }
            outputs: { rows: rows.txt, parts: parts/ }
            environment: [LANG]
          model:
            kind: train
            matrix: { fold: { range: "${folds}" }, size: [small, large] }
            inputs: { rows: rows.rows }
            with: { rounds: 3, seed: "${seed}" }
            resources: { cpus: 2, memory: 1GiB, disk: 10GiB, time: 2h }
            retries: 1
          best:
            run: cat ${inputs.models} > ${outputs.o}
            inputs: { models: "model[size=small].model" }
            outputs: { o: best.bin }
        publish: { best.bin: best }

        """

    private func stages(_ text: String, _ overrides: [Override?] = []) throws -> [String: Stage] {
        let stages = try load(text, overrides).pipeline.stages
        return Dictionary(uniqueKeysWithValues: stages.map { ("\($0.id)", $0) })
    }

    @Test func matrixMakesAnInstanceForEachCombination() throws {
        let names = try stages(Self.example).keys.sorted()
        #expect(
            names == [
                "best", "model[fold=0,size=large]", "model[fold=0,size=small]", "model[fold=1,size=large]",
                "model[fold=1,size=small]", "rows",
            ])
    }

    @Test func resourcesAreRead() throws {
        let stages = try stages(Self.example)
        let resources = try #require(stages["model[fold=0,size=small]"]).resources
        #expect(
            resources
                == Stage.Resources(cpus: 2, memory: 1 << 30, gpus: 0, disk: 10 << 30, time: .seconds(7200)))
    }

    @Test func overridesReplaceParameters() throws {
        let more = try stages(Self.example, [Override("folds=3")])
        #expect(more.count == 8)
        #expect(throws: (any Error).self) { try stages(Self.example, [Override("fold=3")]) }
    }

    @Test func layoutCommentsAndAnchorsDoNotMatter() throws {
        let first = try load(Self.example).pipeline
        let other = """
            # A comment.
            parameters: { rate: 0.5, deep: { path: &path rows.txt }, folds: 2, seed: 7 }
            publish:
              best.bin: best
            stages:
              best: { outputs: { o: best.bin }, inputs: { models: "model[size=small].model" },
                      run: 'cat ${inputs.models} > ${outputs.o}' }
              model:
                retries: 1
                resources: { time: 2h, memory: 1GiB, cpus: 2 }
                with: { seed: 7, rounds: 3 }       # in another order
                inputs: { rows: rows.rows }
                matrix: { fold: [0, 1], size: [small, large] }
                kind: train
              rows:
                environment: [LANG]
                outputs: { rows: rows.txt, parts: parts/ }
                inputs: { text: { file: *path } }
                run: "sort < ${inputs.text} > ${outputs.rows}; echo 0.5 $${HOME}"
            description: Shows all of it.
            pipeline: example

            """
        let second = try load(other).pipeline
        func sorted(_ pipeline: Pipeline) -> [Stage] {
            pipeline.stages.sorted { "\($0.id)" < "\($1.id)" }
        }
        #expect(sorted(first).map(\.id) == sorted(second).map(\.id))
        for (one, other) in zip(sorted(first), sorted(second)) {
            switch (one.work, other.work) {
            case (.kind(let name, let parameters, _), .kind(let otherName, let otherParameters, _)):
                #expect(name == otherName && parameters == otherParameters)
            case (.command(let one), .command(let other)): #expect("\(one)" == "\(other)")
            default: Issue.record("\(one.id) is of two kinds")
            }
        }
        #expect(sorted(first).map(\.inputs) == sorted(second).map(\.inputs))
    }

    @Test func conditionsLeaveStagesAndWhatNeedsThemOut() throws {
        let text = """
            pipeline: p
            parameters: { sample: true, file: null }
            stages:
              sample: { when: "${sample}", run: 'echo > ${outputs.o}', outputs: { o: o } }
              rows:
                run: cat ${inputs.i} > ${outputs.o}
                inputs: { i: { file: "${file}", otherwise: sample } }
                outputs: { o: o }

            """
        #expect(try stages(text).keys.sorted() == ["rows", "sample"])
        #expect(try stages(text, [Override("sample=false")]).isEmpty)
        let real = [Override("sample=false"), Override("file=x.csv")]
        #expect(try stages(text, real).keys.sorted() == ["rows"])
    }

    @Test func documentedExamplesLoad() throws {
        let root = FilePath(#filePath).parent.parent.parent
        var blocks = 0
        for document in ["Docs/pipeline-file.md", "README.md"] {
            let parts = try read(root.appending(document)).split(
                separator: "```", omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() where index % 2 == 1 && part.hasPrefix("yaml\n") {
                // The files that an example looks for are those of its reader.
                let mistakes = mistakes(String(part.dropFirst(5))).filter { mistake in
                    !mistake.contains(": glob: ") && !mistake.contains(": include: ")
                }
                #expect(mistakes.isEmpty, "\(document): \(mistakes) \(part)")
                blocks += 1
            }
        }
        #expect(blocks >= 5)
    }
}
