import Dataflow
import Digests
import StageSchemas
import TestSupport
import Testing

@testable import PipelineFiles

/// Parameters that say what their values are, and where values come from.
struct ParameterTests {
    private static let header = """
        pipeline: p
        parameters:
          rows: { default: 4000, min: 1, max: 10000, help: The rows. }
          rate: { default: 1, type: number, min: 0.5 }
          size: { default: small, choices: [small, large] }
          width: { default: 2, choices: [1, 2, 4] }
          label: { default: null, type: text }
          seed: { required: true, type: integer }
          deep: { inner: { default: true }, other: 1.10 }
          plain: [1, 2]
        stages:
          s: { run: "echo ${rows} ${rate} ${size} ${seed} ${deep.inner} ${deep.other} ${plain}", outputs: { o: o } }

        """

    /// The command with all values, or the mistakes.
    private func command(
        _ assignments: [String] = ["seed=1"], files: [String] = [], text: String = header
    ) -> [String] {
        do {
            let loaded = try PipelineFile.load(
                text: text, file: "p.yaml", schemas: [], fingerprints: [:],
                parameterFiles: files.enumerated().map {
                    PipelineFile.TextFile(path: "params\($0).yaml", text: $1)
                }, overrides: assignments.compactMap { Override($0) })
            guard case .command(let command)? = loaded.pipeline.stages.first?.work else { return [] }
            return [command.text]
        } catch {
            return error.errors.map {
                "\($0.location.file == "p.yaml" ? "" : $0.location.file + ":")\($0.location.line):\($0.location.column): \($0.message)"
            }
        }
    }

    @Test func theDefaultsAreTheValues() {
        #expect(command() == ["echo 4000 1 small 1 true 1.10 '[1,2]'"])
    }

    @Test(arguments: [
        ("rows=0", "3:3: --set rows: 0 is not an integer from 1 to 10000"),
        ("rows=3.5", "3:3: --set rows: expected an integer from 1 to 10000, not 3.5"),
        ("rows=many", "3:3: --set rows: expected an integer from 1 to 10000, not the text 'many'"),
        ("rows=null", "3:3: --set rows: expected an integer from 1 to 10000, not null"),
        ("rate=0.25", "4:3: --set rate: 0.25 is not a number of at least 0.5"),
        ("size=larg", "5:3: --set size: 'larg' is not one of small, large; did you mean 'large'?"),
        ("width=3", "6:3: --set width: 3 is not one of 1, 2, 4"),
        ("deep.inner=1", "9:11: --set deep.inner: expected true or false, not 1"),
        ("row=1", "3:3: --set row: unknown parameter 'row'; did you mean 'rows'?"),
    ])
    func aValueOutsideIsAMistake(assignment: String, message: String) {
        #expect(command(["seed=1", assignment]) == [message])
    }

    @Test(arguments: [
        ("rate=2", "4000 2 small 1"), ("rows=0x10", "0x10 1 small 1"), ("size=large", "4000 1 large 1"),
        ("seed=7", "4000 1 small 7"), ("size=\"large\"", "4000 1 large 1"),
        ("deep={inner: false, other: 2}", "4000 1 small 1 false 2"),
    ])
    func aValueWithinBoundsIsAccepted(assignment: String, words: String) {
        #expect(
            command(["seed=1", assignment]).first?.contains(words) == true,
            "\(command(["seed=1", assignment]))")
    }

    @Test func requiredParametersMustBeGiven() {
        #expect(
            command([]) == [
                "8:3: seed: needs a value, an integer: --set seed=… or --params FILE, or parameters: of an include"
            ])
        #expect(command([], files: ["seed: 3"]).first?.contains(" 3 true") == true)
    }

    @Test func filesReplaceDefaultsAndAssignmentsReplaceFiles() {
        let files = ["seed: 3\nrows: 5\ndeep: { other: 2.50 }\n", "rows: 6\nrate: 7"]
        #expect(command([], files: files) == ["echo 6 7 small 3 true 2.50 '[1,2]'"])
        #expect(command(["rows=8"], files: files) == ["echo 8 7 small 3 true 2.50 '[1,2]'"])
        #expect(command(files: ["", "# nothing\n"]) == command())
    }

    @Test(arguments: [
        ("row: 1", ["params0.yaml:1:1: unknown parameter 'row'; did you mean 'rows'?"]),
        ("rows: 1\nrate: 0\n", ["params0.yaml:2:7: rate: 0 is not a number of at least 0.5"]),
        ("deep: { inne: true }", ["params0.yaml:1:9: unknown parameter 'inne'; did you mean 'inner'?"]),
        (
            "deep.inner: true",
            ["params0.yaml:1:1: 'deep.inner': write a dotted name as nested maps"]
        ),
        ("plain: 1", ["params0.yaml:1:1: plain: expected a list, not an integer"]),
        ("- 1", ["params0.yaml:1:1: expected a map from the names of parameters to values"]),
        ("rows: 1\nrows: 2", ["params0.yaml:2:1: duplicate key 'rows', already defined on line 1"]),
    ])
    func mistakesInFilesNameTheFile(text: String, expected: [String]) {
        #expect(command(files: [text]) == expected)
    }

    @Test(arguments: [
        ("{ default: 0, min: 1 }", "2:29: a: 0 is not an integer of at least 1"),
        ("{ default: x, min: 1 }", "2:37: a: min: and max: are for integers and numbers"),
        ("{ default: 1, min: 3, max: 2 }", "2:45: max: is less than min:"),
        ("{ default: 1, min: x }", "2:37: min: expected an integer"),
        (
            "{ default: 1, type: int }",
            "2:38: type: expected one of boolean, integer, number, text, list, map"
        ),
        ("{ default: 1, mni: 1 }", "2:32: a: unknown key 'mni'; did you mean 'min'?"),
        (
            "{ default: 1, required: true }",
            "2:42: a: a parameter with a default: is not required; remove one of the two"
        ),
        (
            "{ required: false, help: x }",
            "2:30: a: a parameter that is not required needs a default:, which may be null"
        ),
        ("{ default: 1, choices: [] }", "2:41: choices: expected a list of values"),
        ("{ default: 1, choices: [1, x] }", "2:45: choices: expected an integer, not the text 'x'"),
        ("{ default: 3, choices: [1, 2] }", "2:29: a: 3 is not one of 1, 2"),
        ("{ default: 1, help: [x] }", "2:38: help: expected a sentence"),
        ("{ default: '${b}', type: integer }", "2:29: a: expected an integer, not the text 'x'"),
        ("{ default: 1, minimum: 1 }", "2:32: a: unknown key 'minimum'; did you mean 'min'?"),
        ("{ default: 1, description: x }", "2:32: a: unknown key 'description'; did you mean 'help'?"),
        ("{ defult: x }", "2:20: a: unknown key 'defult'; did you mean 'default'?" + advice),
        ("{ min: 1, Default: 4000 }", "2:28: a: unknown key 'Default'; did you mean 'default'?" + advice),
        (
            "{ requird: true, type: integer, step: 2 }",
            "2:20: a: unknown key 'requird'; did you mean 'required'?" + advice
        ),
        ("{ type: integer, min: 1 }", "2:15: a: a parameter needs default: or required: true" + advice),
        ("{ min: 1, max: 10 }", "2:15: a: a parameter needs default: or required: true" + advice),
        ("{ type: interger }", "2:15: a: a parameter needs default: or required: true" + advice),
        ("{ choices: [1, 2], hlep: x }", "2:37: a: unknown key 'hlep'; did you mean 'help'?" + advice),
    ])
    func mistakesInDeclarationsAreReported(declaration: String, expected: String) {
        let text =
            "pipeline: p\nparameters: { a: \(declaration), b: x }\nstages: { s: { run: x, outputs: { o: o } } }\n"
        #expect(command([], text: text).first == expected)
    }

    private static let advice = " (if the map is the value, write a: { default: { … } })"

    /// Maps whose keys are not a declaration's, and one that says that it is a value.
    @Test(arguments: [
        ("{ defult: 1, linear: 0.1, other: 2 }", "defult"), ("{ type: adam, min: 1 }", "type"),
        ("{ main: 1 }", "main"), ("{ default: 1, linear: 2 }", "default"),
        ("{ min: 1, max: 2, step: 1 }", "step"),
        ("{ default: { defult: 1 } }", "defult"), ("{ default: { type: integer } }", "type"),
    ])
    func otherMapsAreValues(map: String, name: String) throws {
        let text =
            "pipeline: p\nparameters: { a: \(map) }\nstages: { s: { run: 'echo ${a.\(name)}', outputs: { o: o } } }\n"
        #expect(try load(text).pipeline.stages.count == 1)
    }

    /// A map of values may have a value named `default`.
    @Test func aMapWithOtherNamesIsAMap() throws {
        let loaded = try load(
            """
            pipeline: p
            parameters: { rates: { default: 1e-3, linear: 0.1 } }
            stages:
              s: { run: "echo ${rates.default} ${rates.linear}", outputs: { o: o } }

            """)
        guard case .command(let command)? = loaded.pipeline.stages.first?.work else {
            fatalError("a command")
        }
        #expect(command.text == "echo 1e-3 0.1")
    }

    @Test func declaredOrNotTheCommandIsTheSame() throws {
        func stage(_ parameters: String) throws -> Stage.Work? {
            try load(
                "pipeline: p\nparameters: \(parameters)\nstages:\n  s: { run: 'echo ${a}', outputs: { o: o } }\n"
            )
            .pipeline.stages.first?.work
        }
        #expect(try stage("{ a: 1.10 }") == stage("{ a: { default: 1.10, min: 1, help: A number. } }"))
    }

    @Test func theOutlineListsTheContent() throws {
        let outline = try PipelineOutline(text: Self.header, file: "p.yaml") { _ in "" }
        #expect(
            outline.parameters.map {
                "\($0.name): \($0.values), \($0.standard?.description ?? "-") \($0.help)"
            } == [
                "rows: an integer from 1 to 10000, 4000 The rows.", "rate: a number of at least 0.5, 1 ",
                "size: one of small, large, small ", "width: one of 1, 2, 4, 2 ", "label: a string, null ",
                "seed: an integer, - ", "deep.inner: true or false, true ", "plain: a list, [1,2] ",
            ])
        #expect(outline.name == "p" && outline.stages.map(\.name) == ["s"])
    }
}
