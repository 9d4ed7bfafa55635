import Dataflow
import Digests
import StageSchemas
import TestSupport
import Testing

@testable import PipelineFiles

/// `include:`: the stages of other files.
struct IncludeTests {
    private func load(_ files: [String: String], named name: String = "dir/p.yaml") throws -> Pipeline {
        try PipelineFile.load(
            text: files[name] ?? "", file: name, schemas: [trainSchema],
            fingerprints: ["train": SHA256.digest(of: "code")],
            reading: { path in
                guard let text = files[path] else { throw PipelineFile.Unreadable("there is no \(path)") }
                return text
            }
        ).pipeline
    }

    private func mistakes(_ files: [String: String]) -> [String] {
        do {
            _ = try load(files)
            return []
        } catch let errors as PipelineFileErrors {
            return errors.errors.map {
                "\($0.location.file):\($0.location.line):\($0.location.column): \($0.message)"
            }
        } catch {
            return ["\(error)"]
        }
    }

    private static let features = """
        parameters: { rows: { default: 10, min: 1 }, name: x }
        shell: sh
        defaults: { retries: 2 }
        stages:
          cut: { run: "head -n ${rows} ${inputs.i} > ${outputs.o}", inputs: { i: raw }, outputs: { o: o.txt } }
          count:
            matrix: { k: [1, 2] }
            run: "wc ${here} ${inputs.i} > ${outputs.o}"
            inputs: { i: cut }
            outputs: { o: o.txt }
          sum: { run: "cat ${inputs.i} > ${outputs.o}", inputs: { i: "count[*]" }, outputs: { o: o.txt } }

        """

    private static let main = """
        pipeline: p
        parameters: { rows: 0x10 }
        executor: slurm
        include:
          - { file: parts/features.yaml, prefix: small-, inputs: { raw: rows }, parameters: { rows: "${rows}" } }
          - { file: "./parts/../parts/features.yaml", prefix: large-, inputs: { raw: { file: x.txt } } }
        stages:
          rows: { run: "seq 5 > ${outputs.o}", outputs: { o: o.txt } }
          all: { run: "cat ${inputs.i} > ${outputs.o}", inputs: { i: [small-sum, large-sum] }, outputs: { o: o } }
        publish: { a.txt: small-sum, "k${matrix.k}.txt": "large-count[*]" }

        """

    @Test func stagesGetTheirPrefixAndSeeEachOther() throws {
        let pipeline = try load(["dir/p.yaml": Self.main, "dir/parts/features.yaml": Self.features])
        let stages = Dictionary(uniqueKeysWithValues: pipeline.stages.map { ("\($0.id)", $0) })
        #expect(
            stages.keys.sorted() == [
                "all", "large-count[k=1]", "large-count[k=2]", "large-cut", "large-sum", "rows",
                "small-count[k=1]", "small-count[k=2]", "small-cut", "small-sum",
            ])
        func command(_ name: String) throws -> Stage.Command {
            guard case .command(let command)? = stages[name]?.work else { fatalError("\(name) is a command") }
            return command
        }
        #expect(try command("small-cut").text == "head -n 0x10 ${inputs.i} > ${outputs.o}")
        #expect(try command("large-cut").text == "head -n 10 ${inputs.i} > ${outputs.o}")
        #expect(try command("small-count[k=1]").text.contains("wc dir/parts "))
        #expect(try command("small-cut").interpreter == ["sh", "-eu"])
        #expect(try command("rows").interpreter == Stage.Command.strictBash)
        #expect(stages["small-cut"]?.retries.times == 2 && stages["rows"]?.retries.times == 0)
        #expect(stages["small-cut"]?.placement.executor == .slurm)
        #expect(stages["small-cut"]?.inputs.flatMap(\.references).map(\.description) == ["rows.o"])
        #expect(stages["large-cut"]?.inputs.map(\.source) == [.external(ExternalSource(path: "x.txt"))])
        #expect(stages["small-sum"]?.inputs.flatMap(\.references).count == 2)
        #expect(stages["small-cut"]?.location?.description == "dir/parts/features.yaml:5:3")
        #expect(pipeline.publications.map(\.fileName) == ["a.txt", "k1.txt", "k2.txt"])
    }

    @Test func aFileSplitInTwoIsTheSame() throws {
        let one = "  a: { run: x, outputs: { o: o } }\n"
        let two = "  b: { run: x, inputs: { i: a }, outputs: { o: o } }\n"
        let whole = try load(["dir/p.yaml": "pipeline: p\nstages:\n" + one + two])
        let split = try load([
            "dir/p.yaml": "pipeline: p\ninclude: [two.yaml]\nstages:\n" + one,
            "dir/two.yaml": "stages:\n" + two,
        ])
        let alone = try load([
            "dir/p.yaml": "pipeline: p\ninclude: [two.yaml, one.yaml]\n", "dir/two.yaml": "stages:\n" + two,
            "dir/one.yaml": "pipeline: other\nstages:\n" + one + "publish: { a: a }\n",
        ])
        for other in [split, alone] {
            #expect(other.stages.map(\.id) == whole.stages.map(\.id))
            #expect(other.stages.map(\.work) == whole.stages.map(\.work))
            #expect(other.stages.map(\.inputs) == whole.stages.map(\.inputs))
            #expect(other.publications.isEmpty)
        }
    }

    @Test func includesNestAndInputsReachThrough() throws {
        let pipeline = try load([
            "dir/p.yaml": """
            pipeline: p
            include: [{ file: a/a.yaml, prefix: a-, inputs: { raw: source } }]
            stages: { source: { run: x, outputs: { o: o, list: l.json } } }

            """.replacing("raw: source", with: "raw: source.list"),
            "dir/a/a.yaml": "include: [{ file: ../b.yaml, prefix: b-, inputs: { list: raw } }, flat.yaml]\n",
            "dir/a/flat.yaml":
                "stages: { f: { run: x, inputs: { i: raw, j: 'b-e[*]' }, outputs: { o: o } } }\n",
            "dir/b.yaml":
                "stages: { e: { each: { n: list }, run: 'echo ${each.n} ${here}', outputs: { o: o } } }\n",
        ])
        #expect(pipeline.stages.map(\.id.description) == ["source", "a-b-e[n=*]", "a-f"])
        #expect(pipeline.stages[1].awaitedList?.description == "source.list")
        let list = OutputReference(stage: StageID("source"), output: "list")
        let expanded = try Selection(of: pipeline).expanded(with: [list: [ListItem(.integer(7))]]).pipeline
        #expect(expanded.stages.map(\.id.description) == ["source", "a-b-e[n=7]", "a-f"])
        guard case .command(let command) = expanded.stages[1].work else { fatalError("a command") }
        #expect(command.text == "echo 7 dir")
    }

    private static let stage = "stages: { s: { run: x, outputs: { o: o } } }\n"

    static let cases: [(String, [String: String], [String])] = [
        ("include: [nothing.yaml]\n", [:], ["dir/p.yaml:2:11: include: there is no dir/nothing.yaml"]),
        (
            "include: part.yaml\n", [:],
            [
                "dir/p.yaml:2:10: include: expected a list of files, such as [features.yaml, { file: model.yaml, prefix: small- }]"
            ]
        ),
        (
            "include: [{ fle: part.yaml }]\n", [:],
            ["dir/p.yaml:2:11: include: expected a file: { file: features.yaml }"]
        ),
        (
            "include: [{ file: part.yaml, prefx: a- }]\n",
            ["dir/part.yaml": "stages: { t: { run: x, outputs: { o: o } } }"],
            ["dir/p.yaml:2:30: include: unknown key 'prefx'; did you mean 'prefix'?"]
        ),
        (
            "include: [part.yaml]\n", ["dir/part.yaml": "stages: { t: { rum: x, outputs: { o: o } } }"],
            [
                "dir/part.yaml:1:16: unknown key 'rum'; did you mean 'run'?",
                "dir/part.yaml:1:11: stage 't' needs kind: or run:",
            ]
        ),
        (
            "include: [part.yaml]\n", ["dir/part.yaml": "stages: { t: { run: x, inputs: { i: [ }"],
            ["dir/part.yaml:1:39: while parsing a flow node, did not find expected node content"]
        ),
        (
            "include: [part.yaml]\n", ["dir/part.yaml": "- 1"],
            ["dir/p.yaml:2:11: include: dir/part.yaml is not a map with stages:"]
        ),
        (
            "include: [part.yaml]\n", ["dir/part.yaml": "parameters: { a: 1 }"],
            ["dir/part.yaml:1:1: stages: is missing"]
        ),
        (
            "include: [part.yaml]\n", ["dir/part.yaml": stage],
            [
                "dir/p.yaml:3:11: there is already a stage 's' at dir/part.yaml:1:11; rename one, or give the include a prefix:"
            ]
        ),
        (
            "include: [{ file: part.yaml, prefix: a-, parameters: { rate: 1 } }]\n",
            ["dir/part.yaml": "parameters: { a: 1 }\n" + stage],
            ["dir/p.yaml:2:56: unknown parameter 'rate'; the parameters are a"]
        ),
        (
            "include: [{ file: part.yaml, prefix: a-, parameters: { a: 0 } }]\n",
            ["dir/part.yaml": "parameters: { a: { default: 1, min: 1 } }\n" + stage],
            ["dir/p.yaml:2:59: a: 0 is not an integer of at least 1"]
        ),
        (
            "include: [{ file: part.yaml, prefix: a-, inputs: { b: s } }]\n", ["dir/part.yaml": stage],
            ["dir/p.yaml:2:52: inputs: no stage of dir/part.yaml reads 'b'"]
        ),
        (
            "include: [{ file: part.yaml, prefix: a-, inputs: { s: s } }]\n", ["dir/part.yaml": stage],
            ["dir/p.yaml:2:52: inputs: dir/part.yaml already has a stage 's'; choose another name"]
        ),
        (
            "include: [{ file: part.yaml, prefix: a- }]\n",
            ["dir/part.yaml": "stages: { other: { run: x, inputs: { i: s }, outputs: { o: o } } }"],
            ["dir/part.yaml:1:41: there is no stage 's'"]
        ),
        (
            "include: [{ file: part.yaml, prefix: a-, inputs: { raw: s } }]\n",
            ["dir/part.yaml": "stages: { t: { run: x, inputs: { i: rwa }, outputs: { o: o } } }"],
            ["dir/part.yaml:1:37: there is no stage 'rwa'; did you mean 'raw'?"]
        ),
        (
            "include: [{ file: part.yaml, prefix: a-, inputs: { raw: s } }]\n",
            ["dir/part.yaml": "stages: { t: { run: x, inputs: { i: raw.o }, outputs: { o: o } } }"],
            [
                "dir/part.yaml:1:37: 'raw' is an input that the including file provides; write the name alone, and choose the output there"
            ]
        ),
        (
            "include: [part.yaml]\n", ["dir/part.yaml": "include: [sub/../p.yaml]\n"],
            [
                "dir/part.yaml:1:11: include: these files include each other: dir/p.yaml → dir/part.yaml → dir/p.yaml"
            ]
        ),
        (
            "include: [p.yaml]\n", [:],
            ["dir/p.yaml:2:11: include: these files include each other: dir/p.yaml → dir/p.yaml"]
        ),
        (
            "include: [a.yaml, { file: b.yaml, prefix: b- }]\n",
            [
                "dir/a.yaml": "resources: { licenses: 1 }\nstages: { t: { run: x, outputs: { o: o } } }",
                "dir/b.yaml": "resources: { licenses: 2 }\nstages: { t: { run: x, outputs: { o: o } } }",
            ],
            [
                "dir/p.yaml:2:27: resources: dir/a.yaml has licenses: 1, and dir/b.yaml has 2; set it in the file that includes them"
            ]
        ),
    ]

    @Test(arguments: 0..<cases.count) func mistakesAreSaid(number: Int) {
        let (lines, files, expected) = Self.cases[number]
        let root = ["dir/p.yaml": "pipeline: p\n" + lines + Self.stage]
        let found = mistakes(root.merging(files) { first, _ in first })
        #expect(found.sorted() == expected.sorted(), "\(lines)")
    }

    @Test func thereAreLimits() {
        var files = ["dir/p.yaml": "pipeline: p\ninclude: [f0.yaml]\n"]
        for level in 0..<20 { files["dir/f\(level).yaml"] = "include: [f\(level + 1).yaml]\n" }
        #expect(
            mistakes(files) == ["dir/f15.yaml:1:11: include: files are nested more than 16 deep"])
        // Twelve levels that include the next twice: 4095 files.
        files = ["dir/p.yaml": "pipeline: p\ninclude: [f0.yaml]\n"]
        for level in 0..<12 {
            let next = "f\(level + 1).yaml"
            files["dir/f\(level).yaml"] =
                "include: [{ file: \(next), prefix: a- }, { file: \(next), prefix: b- }]\n"
        }
        files["dir/f12.yaml"] = Self.stage
        let found = mistakes(files)
        #expect(found.contains { $0.contains("include: more than 1000 files in all") })
    }

    @Test(arguments: [
        ("a.yaml", ".", "a.yaml"), ("a.yaml", "x", "x/a.yaml"), ("../a.yaml", "x/y", "x/a.yaml"),
        ("../a.yaml", ".", "../a.yaml"), ("../a.yaml", "..", "../../a.yaml"),
        ("/a/../b.yaml", "x", "/b.yaml"),
        ("/../b.yaml", "x", "/b.yaml"), ("../../b.yaml", "/x/y/z", "/x/b.yaml"),
    ])
    func pathsAreFromTheFolderOfTheFile(path: String, folder: String, expected: String) {
        #expect(StageCollector.path(path, from: folder) == expected)
    }
}
