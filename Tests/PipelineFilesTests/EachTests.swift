import Dataflow
import Digests
import StageSchemas
import Testing

@testable import PipelineFiles

/// Which instances `each:` makes, before and after the lists are known.
struct EachTests {
    private static let text = """
        pipeline: p
        stages:
          docs: { run: "echo > ${outputs.list}", outputs: { list: list.json, parts: parts/ } }
          read:
            each: { doc: docs.list }
            run: echo ${each.doc} > ${outputs.o}
            outputs: { o: o }
          sum:
            each: { doc: docs.list }
            run: wc -w < ${inputs.i} > ${outputs.o}
            inputs: { i: "read[doc=${each.doc}]" }
            outputs: { o: o }
            resources: { cpus: 2 }
          all:
            run: cat ${inputs.all} > ${outputs.o}
            inputs: { all: "sum[*]" }
            outputs: { o: o }
        publish: { all.txt: all, "sums/${each.doc}.txt": "sum[*]" }

        """

    private func output(_ stage: String, _ name: String = "o", _ doc: Value? = nil) -> OutputReference {
        OutputReference(
            stage: StageID(stage, doc.map { [StageID.Coordinate(axis: "doc", value: $0)] } ?? []),
            output: name)
    }

    private func expanded(_ text: String, _ lists: KnownLists) throws -> Pipeline {
        let pipeline = try load(text).pipeline
        return try Selection(of: pipeline).expanded(with: lists).pipeline
    }

    private func names(_ pipeline: Pipeline) -> [String] { pipeline.stages.map(\.id.description) }

    private func command(_ stage: Stage) -> String? {
        if case .command(let command) = stage.work { command.text } else { nil }
    }

    @Test func untilTheListIsKnownThereIsAPlaceholderForTheInstances() throws {
        let pipeline = try load(Self.text).pipeline
        #expect(names(pipeline) == ["docs", "read[doc=*]", "sum[doc=*]", "all"])
        let read = pipeline.stages[1]
        #expect(read.isPlaceholder && read.awaitedList == output("docs", "list"))
        #expect(!pipeline.stages[3].isPlaceholder)
        #expect(pipeline.stages[2].resources.cpus == 2)
        // What instances publish is known with them.
        #expect(pipeline.publications.map(\.fileName) == ["all.txt"])
    }

    @Test func aKnownListGivesAnInstanceForEachElement() throws {
        let items = [Value.string("b, c]"), 7, "a.b"].map { ListItem($0) }
        let pipeline = try expanded(Self.text, [output("docs", "list"): items])
        #expect(
            names(pipeline) == [
                "docs", "read[doc=b, c]]", "read[doc=7]", "read[doc=a.b]", "sum[doc=b, c]]", "sum[doc=7]",
                "sum[doc=a.b]", "all",
            ])
        #expect(command(pipeline.stages[1]) == "echo 'b, c]' > ${outputs.o}")
        // Each instance reads from its counterpart, whatever characters its name contains.
        #expect(pipeline.stages[4].inputs[0].source == .output(output("read", "o", "b, c]")))
        #expect(
            pipeline.stages[7].inputs[0].source
                == .gather([output("sum", "o", "b, c]"), output("sum", "o", 7), output("sum", "o", "a.b")]))
        #expect(pipeline.stages[5].placeholder?.description == "sum[doc=*]")
        #expect(
            pipeline.publications.map(\.fileName) == [
                "all.txt", "sums/b, c].txt", "sums/7.txt", "sums/a.b.txt",
            ])
        #expect(pipeline.stages.allSatisfy { !$0.isPlaceholder })
    }

    @Test func elementsThatAreMapsHaveACoordinateForEachKey() throws {
        let text = """
            pipeline: p
            stages:
              docs: { run: "echo > ${outputs.list}", outputs: { list: list.json } }
              read:
                each: { doc: docs }
                run: echo ${each.doc.name} ${each.doc.rate} > ${outputs.o}
                inputs: { file: { file: "texts/${each.doc.name}.txt" } }
                outputs: { o: o }
              one:
                run: cat ${inputs.i} > ${outputs.o}
                inputs: { i: "read[doc.name=a]" }
                outputs: { o: o }
            """
        let items = [ListItem(["name": "a", "rate": 0.5]), ListItem(["name": "b", "rate": 1])]
        let pipeline = try expanded(text, [output("docs", "list"): items])
        #expect(
            names(pipeline) == [
                "docs", "read[doc.name=a,doc.rate=0.5]", "read[doc.name=b,doc.rate=1]", "one",
            ])
        #expect(command(pipeline.stages[1]) == "echo a 0.5 > ${outputs.o}")
        #expect(pipeline.stages[2].inputs[0].source == .external(ExternalSource(path: "texts/b.txt")))
        #expect(pipeline.stages[3].inputs[0].references.map(\.stage) == [pipeline.stages[1].id])
    }

    @Test func aFileOfADirectoryIsAnInputByItsContent() throws {
        let text = Self.text.replacing("docs.list", with: "docs.parts").replacing(
            "echo ${each.doc}", with: "cat ${inputs.doc}"
        ).replacing(
            "outputs: { o: o }\n  sum", with: "outputs: { o: o }\n    inputs: { doc: { each: doc } }\n  sum")
        let digest = SHA256.digest(of: "x")
        let before = try load(text).pipeline
        #expect(before.stages[1].inputs[0].source == .output(output("docs", "parts")))
        let pipeline = try expanded(
            text, [output("docs", "parts"): [ListItem("in/x.txt", digest: digest)]])
        #expect(
            pipeline.stages[1].inputs[0].source
                == .member(output("docs", "parts"), path: "in/x.txt", digest: digest))
        #expect(pipeline.publications.last?.fileName == "sums/in/x.txt.txt")
    }

    @Test func listsMayComeFromInstancesAndDependOnEachOther() throws {
        let text = """
            pipeline: p
            stages:
              docs: { run: "echo > ${outputs.list}", outputs: { list: list.json } }
              split:
                each: { doc: docs }
                run: echo ${each.doc} > ${outputs.list}
                outputs: { list: list.json }
              work:
                matrix: { k: [1, 2] }
                each: { doc: docs, part: "split[doc=${each.doc}]" }
                run: echo ${matrix.k} ${each.part} > ${outputs.o}
                outputs: { o: o }
              all:
                run: cat ${inputs.all} > ${outputs.o}
                inputs: { all: "work[k=1]" }
                outputs: { o: o }
            """
        let docs = [ListItem("a"), ListItem("b")]
        let first = try expanded(text, [output("docs", "list"): docs])
        #expect(
            names(first) == [
                "docs", "split[doc=a]", "split[doc=b]", "work[k=1,doc=a,part=*]", "work[k=2,doc=a,part=*]",
                "work[k=1,doc=b,part=*]", "work[k=2,doc=b,part=*]", "all",
            ])
        #expect(first.stages[3].awaitedList == output("split", "list", "a"))
        let second = try expanded(
            text, [output("docs", "list"): docs, output("split", "list", "a"): [ListItem(1), ListItem(2)]])
        #expect(
            second.stages.last?.inputs[0].references.map(\.stage.description) == [
                "work[k=1,doc=a,part=1]", "work[k=1,doc=a,part=2]", "work[k=1,doc=b,part=*]",
            ])
    }

    @Test func anEmptyListLeavesOutWhatNeedsAnElement() throws {
        let text = Self.text.replacing(
            "publish:",
            with: """
                  model: { kind: train, inputs: { rows: "sum[*]" } }
                publish:
                """)
        let pipeline = try expanded(text, [output("docs", "list"): []])
        // A command can deal with nothing; a kind that requires an input cannot.
        #expect(names(pipeline) == ["docs", "all"])
        #expect(pipeline.stages[1].inputs[0].source == .gather([]))
        #expect(
            pipeline.leftOut.map(\.reason) == ["its input 'rows' gathers the instances of an empty list"])
    }

    @Test func parametersThatElementsDetermineAreCheckedWithTheList() throws {
        let text = """
            pipeline: p
            stages:
              docs: { run: "echo > ${outputs.list}", outputs: { list: list.json } }
              model:
                kind: train
                each: { rounds: docs }
                inputs: { rows: { file: x } }
                with: { rounds: "${each.rounds}" }
            """
        #expect(try load(text).pipeline.stages.count == 2)
        let pipeline = try expanded(text, [output("docs", "list"): [ListItem(3), ListItem(4)]])
        guard case .kind(_, let parameters, _) = pipeline.stages[2].work else {
            Issue.record("the stage has no kind")
            return
        }
        #expect(parameters["rounds"] == 4)
        do {
            _ = try expanded(text, [output("docs", "list"): [ListItem("many")]])
            Issue.record("a text is accepted as a number")
        } catch {
            #expect(
                "\(error)".contains("p.yaml:8:13: train: rounds: expected an integer from 1 to 100"))
        }
        // What does not depend on elements is wrong at once.
        let wrong = text.replacing("with: { ", with: "with: { seed: x, ")
        #expect(mistakes(wrong).contains { $0.contains("seed: expected an integer") })
    }

    @Test(arguments: [
        ("each: { doc: 3 }", "each: expected a list or a directory"),
        ("each: { doc: [1, 2] }", "each: expected a list or a directory that another stage produces"),
        ("each: { doc: 'many[*]' }", "each: expected a single output, but 'many[*]' refers to several"),
        ("each: { doc: nothing }", "there is no stage 'nothing'"),
        ("each: { doc: docs.x }", "'docs' has no output 'x'"),
        ("each: { doc: a }", "the lists of these stages depend on each other: a → a"),
        ("each: { m: docs.list }\n    matrix: { m: [1] }", "each: 'm' is already an axis of matrix:"),
        (
            "each: { doc: docs.list }\n    inputs: { i: { each: dox } }",
            "expected one of the axes under each: doc"
        ),
        ("each: { doc: docs.list }\n    inputs: { i: many }", "'many' has a matrix"),
        ("inputs: { i: { each: doc } }", "but the stage has no each:"),
        ("inputs: { i: { file: \"${each.doc}\" } }", "unknown '${each.doc}': the stage has no each:"),
        ("each: { doc: docs.list }\n    inputs: { i: \"a[*]\" }", "the stages form a cycle"),
    ])
    func mistakesAreTold(_ lines: String, _ message: String) {
        let text = """
            pipeline: p
            stages:
              docs: { run: "echo > ${outputs.list}", outputs: { list: list.json } }
              many: { run: "echo > ${outputs.o}", outputs: { o: o }, matrix: { k: [1, 2] } }
              a:
                \(lines)
                run: echo > ${outputs.o}
                outputs: { o: o }

            """
        let found = mistakes(text)
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }

    @Test func anElementOfAListIsNotAFile() {
        let text = Self.text.replacing(
            "inputs: { i: \"read[doc=${each.doc}]\" }", with: "inputs: { i: { each: doc } }")
        #expect(
            mistakes(text) == [
                "11:26: 'doc' is an element of a list, not a file in a directory; write ${each.doc} for it"
            ])
    }

    @Test(arguments: [
        ("models: \"m[*]\"", "'m[*]' refers to several outputs, so the file name needs a placeholder"),
        ("\"x${matrix.a}\": \"m[*]\"", "publish: several instances would be 'x1'"),
        (
            "\"${matrix.b}/x${matrix.a}\": \"m[*]\"",
            "'../x1' must be a relative path without '..' (for m[a=1,b=..])"
        ),
    ])
    func instancesArePublishedUnderNamesOfTheirOwn(_ line: String, _ message: String) {
        let text = """
            pipeline: p
            stages:
              m: { run: "echo > ${outputs.o}", outputs: { o: o }, matrix: { a: [1, 2], b: [x, ..] } }
            publish: { \(line) }

            """
        #expect(mistakes(text).contains { $0.contains(message) }, "\(mistakes(text))")
    }

    @Test func aParameterMayStillBeNamedEach() throws {
        let text = """
            pipeline: p
            parameters: { each: { doc: x } }
            stages:
              a: { run: "echo ${each.doc} > ${outputs.o}", outputs: { o: o } }

            """
        #expect(command(try load(text).pipeline.stages[0]) == "echo x > ${outputs.o}")
    }
}
