import Dataflow
import Testing

@testable import PipelineFiles

/// What a command in a pipeline file becomes.
struct CommandTests {
    /// The command of the stage `s`, or of its instance.
    private func command(
        _ run: String, parameters: String = "", more: String = "", overrides: [Override?] = []
    ) throws -> Stage.Command {
        let text = """
            pipeline: p
            parameters: { \(parameters) }
            stages:
              s:
                run: |
                  \(run.split(separator: "\n").joined(separator: "\n      "))
                outputs: { o: o }
            \(more)
            """
        let stage = try #require(try load(text, overrides).pipeline.stages.last)
        guard case .command(let command) = stage.work else { fatalError("a run: stage has a command") }
        return command
    }

    @Test(arguments: [
        ("1.10", "1.10"), ("010", "010"), ("12345678901234567890", "12345678901234567890"), (".inf", ".inf"),
        ("1e3", "1e3"), ("0x1F", "0x1F"), ("true", "true"), ("word", "word"), ("two words", "'two words'"),
        ("\"it's\"", "'it'\\''s'"), ("'$HOME'", "'$HOME'"), ("'1.10'", "1.10"), ("''", "''"),
    ])
    func valuesArriveAsTheyAreWritten(written: String, inCommand: String) throws {
        #expect(try command("echo ${x}", parameters: "x: \(written)").text == "echo \(inCommand)\n")
        #expect(
            try command("echo ${matrix.x}", more: "    matrix: { x: [\(written)] }").text
                == "echo \(inCommand)\n")
    }

    @Test(arguments: [
        ("o", true), ("a/b", true), ("...", true), (".o", true), ("a/..b", true), ("a/b/", true),
        ("é/o", true),
        ("..", false), ("../o", false), ("a/../o", false), ("a/..", false), (".", false), ("./o", false),
        ("a/.", false), ("a//o", false), ("a//", false), ("/o", false), ("", false),
    ])
    func outputsAreRelativePathsWithoutDetours(file: String, isAccepted: Bool) {
        let text = "pipeline: p\nstages: { s: { run: 'echo', outputs: { o: '\(file)' } } }\n"
        do {
            _ = try load(text)
            #expect(isAccepted)
        } catch {
            #expect(!isAccepted)
            #expect("\(error)".contains("'\(file)' must be a relative path without '..'"))
        }
    }

    @Test func valuesAreQuotedAccordingToTheirContext() throws {
        let text = try command("echo \"a ${x}\" 'b ${x}' ${x} ${raw:x}", parameters: "x: \"$y 'z'\"").text
        #expect(text == "echo \"a \\$y 'z'\" 'b $y '\\''z'\\''' '$y '\\''z'\\''' $y 'z'\n")
    }

    @Test func overridesArriveAsTheyAreTyped() throws {
        #expect(
            try command("echo ${x}", parameters: "x: 1", overrides: [Override("x=2.50")]).text
                == "echo 2.50\n")
        #expect(try command("echo ${x}", parameters: "x: '${y}', y: 1.0").text == "echo 1.0\n")
    }

    @Test func otherInterpretersGetLiterals() throws {
        let command = try command(
            "print(${x}, ${n})", parameters: "x: 'a \"b\"', n: 1.10", more: "    shell: python3")
        #expect(command.text == "print(\"a \\\"b\\\"\", 1.10)\n" && command.interpreter == ["python3"])
    }

    /// `open("${outputs.o}")` would be `open(""/a/b"")`.
    @Test(arguments: ["open(\"${outputs.o}\")", "open('${x}')"])
    func literalsInQuotationMarksAreMistakes(run: String) {
        #expect {
            _ = try command(run, parameters: "x: a", more: "    shell: python3")
        } throws: {
            "\($0)".contains("becomes a quoted literal here; remove the")
        }
    }

    @Test func numbersMayBeQuoted() throws {
        let text = try command(
            "print('${n}', '${raw:x}')", parameters: "n: 3, x: a", more: "    shell: python3"
        ).text
        #expect(text == "print('3', 'a')\n")
    }

    @Test(arguments: [
        ("bash", ["bash", "-euo", "pipefail"]), ("sh", ["sh", "-eu"]), ("[bash, -c]", ["bash", "-c"]),
        ("[Rscript, --vanilla]", ["Rscript", "--vanilla"]),
    ])
    func shellsAreNamedOrListed(written: String, words: [String]) throws {
        #expect(try command("true", more: "    shell: \(written)").interpreter == words)
        #expect(try command("true", more: "shell: \(written)").interpreter == words)
        #expect(try command("true").interpreter == ["bash", "-euo", "pipefail"])
    }

    @Test func listsAndTablesAreFiles() throws {
        let text = """
            pipeline: p
            stages:
              a: { run: "echo > ${outputs.o}", outputs: { o: o }, matrix: { i: [1, 2] } }
              b:
                run: cat ${inputs.x.list} ${inputs.x.table} > ${outputs.o}
                inputs: { x: "a[*]" }
                outputs: { o: o }

            """
        let stage = try #require(try load(text).pipeline.stages.last)
        guard case .command(let command) = stage.work else { fatalError("a run: stage has a command") }
        #expect(
            command.segments == [
                .text("cat "), .inputList("x"), .text(" "), .inputTable("x"), .text(" > "), .output("o"),
            ])
        #expect(command.text == "cat ${inputs.x.list} ${inputs.x.table} > ${outputs.o}")
    }

    @Test(arguments: [
        ("echo \\${x}", "a backslash before"), ("echo `echo ${x}`", "backquotes"),
        ("cat <<E\n${e}\nE", "here-document"), ("echo ${raw:nope}", "unknown '${nope}'"),
        ("echo ${none}", "is null"), ("cat ${inputs.x.list}", "unknown input 'x.list'"),
    ])
    func impossibleValuesAreMistakes(run: String, words: String) {
        do {
            _ = try command(run, parameters: "x: \"it's\", e: E, none: null")
            Issue.record("no mistake")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
        }
    }

    @Test func aShellMustNotBeAnEmptyList() {
        for shell in ["[]", "bash -x", "{ a: b }", "[[bash]]"] {
            #expect(throws: (any Error).self) { try command("true", more: "    shell: \(shell)") }
        }
    }
}

/// A mistake in a command of many lines is where its placeholder is, however YAML writes the text.
@Test func mistakesInCommandsAreWhereTheyAre() {
    func problems(_ run: String) -> [String] {
        mistakes(
            "pipeline: p\nparameters: { known: 1 }\nstages:\n  s:\n    run: \(run)\n    outputs: { o: o.txt }\n"
        )
        .map { String($0.prefix { $0 != " " }) }
    }
    #expect(
        problems(
            "|  # ${nope}\n      echo $${nope} ${known}\n      echo ${nope} > ${outputs.o}\n      echo ${nope}"
        ) == ["7:12:"])
    #expect(
        problems("|\n      echo ${inputs.x} ${outputs.p}\n      echo ${raw:gone}") == [
            "6:12:", "6:24:", "7:12:",
        ])
    #expect(problems(">-\n      echo\n      ${nope}") == ["7:7:"])
    #expect(problems("\"echo \\\n      ${nope}\"") == ["6:7:"])
    #expect(problems("echo\n      ${nope}") == ["6:7:"])
    #expect(problems("|\n      echo 1\n      echo ${outputs.o") == ["7:12:"])
    #expect(problems("|\n      echo 1\n      echo ${outputs o}") == ["7:12:"])
    #expect(
        problems("|\n      echo ${known} \\\\${known}\n      echo \\${known} > ${outputs.o}") == ["7:13:"])
    // Written in another way: the beginning of the text.
    #expect(problems("\"echo \\x24{nope}\"") == ["5:10:"])
}

@Test func mistakesUnderPublishAndMissingFilesAreFoundBesideOthers() {
    let text = """
        pipeline: p
        stages:
          a: { run: "echo ${nope} > ${outputs.o}", inputs: { i: { file: in.txt } }, outputs: { o: o.txt } }
          b: { run: "echo > ${outputs.o}", inputs: { j: { file: other.txt } }, outputs: { o: o.txt }, when: false }
          a b: { run: "true" }
        publish: { x: a, y: gone, z: a.p, w: "a b" }
        """
    do {
        _ = try load(text)
        Issue.record("the mistakes are not found")
    } catch {
        let messages = error.errors.map(\.message)
        #expect(messages.contains("there is no stage 'gone'"), "\(messages)")
        #expect(messages.contains { $0.hasPrefix("'a' has no output 'p'") }, "\(messages)")
        #expect(messages.count == 4, "\(messages)")
        #expect(error.files.map(\.source.path) == ["in.txt"])
        let first = text.split(separator: "\n").prefix(3).joined(separator: "\n")
        #expect(throws: PipelineFileErrors.self) { _ = try load(first) }
        do { _ = try load(first) } catch { #expect(error.files.map(\.source.path) == ["in.txt"]) }
        #expect(error.files.first?.location.description == "p.yaml:3:57")
    }
}
