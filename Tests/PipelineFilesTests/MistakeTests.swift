import Dataflow
import StageSchemas
import Testing

@testable import PipelineFiles

/// Every mistake that a file can hold is told with its place and what to do.
struct MistakeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let expected: [String]
        let text: String

        init(_ name: String, _ expected: [String], _ text: String) {
            testDescription = name
            self.expected = expected
            self.text = text
        }
    }

    static let cases: [Case] = [
        Case(
            "unknown kind", ["3:14: unknown kind 'trian'; did you mean 'train'?"],
            "pipeline: p\nstages:\n  a: { kind: trian }\n"),
        Case(
            "wrong type", ["3:60: train: rounds: expected an integer from 1 to 100, not the text 'many'"],
            "pipeline: p\nstages:\n  a: { kind: train, inputs: { rows: { file: x } }, with: { rounds: many } }\n"
        ),
        Case(
            "out of range", ["3:60: train: rounds: 0 is not an integer from 1 to 100"],
            "pipeline: p\nstages:\n  a: { kind: train, inputs: { rows: { file: x } }, with: { rounds: 0 } }\n"
        ),
        Case(
            "unknown parameter", ["3:60: train: ruonds: unknown parameter; did you mean 'rounds'?"],
            "pipeline: p\nstages:\n  a: { kind: train, inputs: { rows: { file: x } }, with: { ruonds: 1 } }\n"
        ),
        Case(
            "a rule between a parameter and an input that is not given",
            ["3:60: train: rounds: more than 50 need the input 'folds'"],
            """
            pipeline: p
            stages:
              a: { kind: train, inputs: { rows: { file: x } }, with: { rounds: 51 } }
              b: { kind: train, inputs: { rows: { file: x }, folds: a.model }, with: { rounds: 51 } }

            """),
        Case(
            "missing input", ["3:3: stage 'a': the input 'rows' is missing. The rows."],
            "pipeline: p\nstages:\n  a: { kind: train }\n"),
        Case(
            "kind and command", ["3:13: stage 'a' has both kind: and run:; remove one"],
            "pipeline: p\nstages:\n  a: { run: x, kind: train, outputs: { o: o } }\n"),
        Case(
            "unknown-key", ["6:5: unknown key 'retrys'; did you mean 'retries'?"],
            """
            pipeline: p
            stages:
              a:
                run: echo > ${outputs.o}
                outputs: { o: o }
                retrys: 3

            """),
        Case(
            "unknown-top", ["2:1: unknown key 'stage'; did you mean 'stages'?"],
            """
            pipeline: p
            stage: {}
            stages:
              a: { run: x, outputs: { o: o } }

            """),
        Case(
            "no-such-stage", ["6:18: there is no stage 'row'; did you mean 'rows'?"],
            """
            pipeline: p
            stages:
              rows: { run: x, outputs: { o: o } }
              b:
                run: cat ${inputs.i} > ${outputs.o}
                inputs: { i: row }
                outputs: { o: o }

            """),
        Case(
            "no-such-output", ["6:18: 'rows' has no output 'tow'; did you mean 'two'?"],
            """
            pipeline: p
            stages:
              rows: { run: x, outputs: { one: a, two: b } }
              b:
                run: cat ${inputs.i} > ${outputs.o}
                inputs: { i: rows.tow }
                outputs: { o: o }

            """),
        Case(
            "ambiguous-output", ["6:18: 'rows' has several outputs: choose one of rows.one, rows.two"],
            """
            pipeline: p
            stages:
              rows: { run: x, outputs: { one: a, two: b } }
              b:
                run: cat ${inputs.i} > ${outputs.o}
                inputs: { i: rows }
                outputs: { o: o }

            """),
        Case(
            "cycle", ["3:3: the stages form a cycle: a → b → c → a"],
            """
            pipeline: p
            stages:
              a: { run: x, inputs: { i: c }, outputs: { o: o } }
              b: { run: x, inputs: { i: a }, outputs: { o: o } }
              c: { run: x, inputs: { i: b }, outputs: { o: o } }

            """),
        Case(
            "duplicate-key", ["6:5: duplicate key 'run', already defined on line 4"],
            """
            pipeline: p
            stages:
              a:
                run: x
                outputs: { o: o }
                run: y

            """),
        Case(
            "duplicate-stage", ["4:3: duplicate key 'a', already defined on line 3"],
            """
            pipeline: p
            stages:
              a: { run: x, outputs: { o: o } }
              a: { run: y, outputs: { o: o } }

            """),
        Case(
            "bad-placeholder", ["3:13: bad placeholder '${no way}'; write $${ for the shell's own"],
            """
            pipeline: p
            stages:
              a: { run: "echo ${no way}", outputs: { o: o } }

            """),
        Case(
            "unclosed", ["3:13: '${' is not closed; write $${ for the shell's own"],
            """
            pipeline: p
            stages:
              a: { run: "echo ${nope", outputs: { o: o } }

            """),
        Case(
            "unknown-placeholder", ["4:13: unknown '${fold}'; did you mean '${folds}'?"],
            """
            pipeline: p
            parameters: { folds: 5 }
            stages:
              a: { run: "echo ${fold}", outputs: { o: o } }

            """),
        Case(
            "no-matrix", ["3:13: unknown '${matrix.fold}': the stage has no matrix"],
            """
            pipeline: p
            stages:
              a: { run: "echo ${matrix.fold}", outputs: { o: o } }

            """),
        Case(
            "same-file", ["3:44: the outputs 'one' and 'two' have the same file name"],
            """
            pipeline: p
            stages:
              a: { run: x, outputs: { one: o.txt, two: o.txt } }

            """),
        Case(
            "escaping",
            [
                "3:32: '../o.txt' must be a relative path without '..', and its name may contain only letters, digits, '_' and '-'"
            ],
            """
            pipeline: p
            stages:
              a: { run: x, outputs: { one: ../o.txt } }

            """),
        Case(
            "neither", ["3:3: stage 'a' needs kind: or run:"],
            """
            pipeline: p
            stages:
              a: { outputs: { o: o } }

            """),
        Case(
            "no-outputs", ["3:3: stage 'a': run: needs outputs:, a map from names to file names"],
            """
            pipeline: p
            stages:
              a: { run: x }

            """),
        Case(
            "publish-nothing", ["4:19: there is no stage 'b'; did you mean 'a'?"],
            """
            pipeline: p
            stages:
              a: { run: x, outputs: { o: o } }
            publish: { x.txt: b }

            """),
        Case(
            "matrix-empty", ["3:29: matrix: the axis 'f' has no values"],
            """
            pipeline: p
            stages:
              a: { run: x, matrix: { f: [] }, outputs: { o: o } }

            """),
        Case(
            "matrix-twice", ["3:29: matrix: the axis 'f' has a duplicate value"],
            """
            pipeline: p
            stages:
              a: { run: x, matrix: { f: [1, 1] }, outputs: { o: o } }

            """),
        Case(
            "matrix-huge", ["3:24: matrix: more than 100000 instances"],
            """
            pipeline: p
            stages:
              a: { run: x, matrix: { f: { range: 1000 }, g: { range: 1000 } }, outputs: { o: o } }

            """),
        Case(
            "matrix-overflow",
            [
                "3:29: matrix: the axis 'f' takes a list of values, or of maps with the same keys, { range: N }, { range: [from, to] } or { glob: … }"
            ],
            """
            pipeline: p
            stages:
              a: { run: x, matrix: { f: { range: [-9223372036854775808, 9223372036854775807] } },
                   outputs: { o: o } }

            """),
        Case(
            "gather-none", ["4:29: 'a' has a matrix: write a[*] for all instances, or a[f=…] for one"],
            """
            pipeline: p
            stages:
              a: { run: x, matrix: { f: [1, 2] }, outputs: { o: o } }
              b: { run: x, inputs: { i: a }, outputs: { o: o } }

            """),
        Case(
            "gather-value", ["4:29: 'a' has no instance a[f=3]"],
            """
            pipeline: p
            stages:
              a: { run: x, matrix: { f: [1, 2] }, outputs: { o: o } }
              b: { run: x, inputs: { i: 'a[f=3]' }, outputs: { o: o } }

            """),
        Case(
            "memory", ["3:37: memory: expected bytes, or text such as 500MB or 4GiB"],
            """
            pipeline: p
            stages:
              a: { run: x, resources: { memory: lots }, outputs: { o: o } }

            """),
        Case(
            "disk", ["3:35: disk: expected bytes, or text such as 500MB or 4GiB"],
            """
            pipeline: p
            stages:
              a: { run: x, resources: { disk: 0 }, outputs: { o: o } }

            """),
        Case(
            "not-yaml", ["4:1: while parsing a flow mapping, did not find expected ',' or '}'"],
            """
            pipeline: p
            stages:
              a: { run: x

            """),
        Case(
            "tab", ["3:1: while scanning for the next token, found character that cannot start any token"],
            "pipeline: p\nstages:\n\ta: 1\n"),
        Case(
            "not-a-map", ["1:1: expected a map with pipeline: and stages:"],
            """
            - a
            - b

            """),
        Case(
            "a NUL where the system would cut off",
            [
                "3:17: no command can contain a NUL",
                "4:15: code: no name can contain a NUL",
                "5:39: file: no path can contain a NUL",
            ],
            #"""
            pipeline: p
            stages:
              a:     { run: "cat a\0b > ${outputs.o}", outputs: { o: o } }
              b: { code: ["a\0b"], run: "x", outputs: { o: o } }
              c: { run: "x", inputs: { i: { file: "in\0.txt" } }, outputs: { o: o } }

            """#),
        Case(
            "empty", ["1:1: expected a map with pipeline: and stages:"],
            ""),
        Case(
            "several",
            [
                "3:14: unknown kind 'nope'; `sluice kinds` lists them",
                "4:3: stage 'b': run: needs outputs:, a map from names to file names",
                "5:29: there is no stage 'zzz'",
            ],
            """
            pipeline: p
            stages:
              a: { kind: nope }
              b: { run: x }
              c: { run: x, inputs: { i: zzz }, outputs: { o: o } }

            """),
    ]

    @Test(arguments: cases) func reportsMistakesWithTheirPositions(_ example: Case) {
        #expect(mistakes(example.text) == example.expected)
    }

    /// Files of other systems, and with a byte order mark, show the same mistakes with the same lines.
    @Test(arguments: ["\n", "\r\n", "\r"], ["", "\u{FEFF}"])
    func mistakesShowTheirLineWhateverEndsIt(ending: String, mark: String) {
        let lines = ["pipeline: p", "stages:", "  a: { kind: trian }", ""]
        do {
            _ = try load(mark + lines.joined(separator: ending))
            Issue.record("the kind does not exist")
        } catch {
            #expect(error.errors.map(\.line) == ["  a: { kind: trian }"])
            #expect(error.errors.map(\.location.line) == [3] && error.errors.map(\.location.column) == [14])
        }
        let first = mistakes(mark + "pipelin: p" + ending + "stages: {}")
        #expect(first.contains { $0.utf8.starts(with: "1:1: unknown key".utf8) })
    }

    @Test func printsMistakesWithTheirLineAndACaret() throws {
        do {
            _ = try load("pipeline: p\nstages:\n  a: { kind: trian }\n")
            Issue.record("the kind does not exist")
        } catch {
            #expect(
                "\(error)" == """
                    p.yaml:3:14: error: unknown kind 'trian'; did you mean 'train'?
                     3 |   a: { kind: trian }
                       |              ^
                    """)
        }
    }

    /// `${p0}${p0}` in parameter after parameter: each doubles the one before.
    @Test(arguments: [
        (#""${p%}${p%}""#, "MiB"), ("['${p%}', '${p%}']", "MiB"),
        ("{ a: '${p%}', b: '${p%}', c: '${p%}' }", "MiB"),
    ])
    func placeholdersAreBounded(double: String, words: String) {
        let first = String(repeating: "x", count: 100_000)
        var text = "pipeline: p\nparameters:\n  p0: \(first)\n"
        for level in 1...15 { text += "  p\(level): \(double.replacing("%", with: String(level - 1)))\n" }
        text += "stages:\n  a: { run: 'echo ${p15} > ${outputs.o}', outputs: { o: o } }\n"
        let found = mistakes(text)
        #expect(found.count >= 1 && found.allSatisfy { $0.contains(words) && $0.utf8.count < 300 })
    }

    /// Parameters that refer to one another: as far as they like, and never back.
    @Test func onlyCyclesOfParametersAreMistakes() throws {
        func parameters(_ count: Int, first: String) -> String {
            var text = "pipeline: p\nparameters:\n  p0: '\(first)'\n"
            for number in 1..<count { text += "  p\(number): '${p\(number - 1)}'\n" }
            return text + "stages:\n  a: { run: 'echo ${p\(count - 1)} > ${outputs.o}', outputs: { o: o } }\n"
        }
        for first in ["end", "$${HOME}", "a$b"] {
            let pipeline = try load(parameters(60, first: first)).pipeline
            #expect(pipeline.parameters["p59"] == .string(first.replacing("$$", with: "$")))
        }
        let cycle = "2:1: parameters: they refer to each other in a cycle"
        for first in ["${p59}", "x${p59}", "${p0}", "${p30}"] {
            #expect(mistakes(parameters(60, first: first)).map { $0.dropFirst(4) } == [cycle.dropFirst(4)])
        }
        let steps = mistakes(parameters(1_100, first: "end"))
        #expect(steps.count == 1 && steps[0].contains("over more than 1000 steps"))
        let own = "pipeline: p\nparameters: { m: { a: '${m}' }, l: ['${l}'] }\nstages: {}\n"
        #expect(mistakes(own).contains { $0.contains("in a cycle") })
    }

    /// A long text in place after place.
    @Test func allPlaceholdersTogetherAreBounded() {
        let long = String(repeating: "x", count: 1_000_000)
        var text = "pipeline: p\nparameters: { p: \(long) }\nstages:\n"
        for number in 0..<400 {
            text +=
                "  s\(number): { run: 'echo > ${outputs.o}', inputs: { i: { file: '${p}' } }, outputs: { o: o } }\n"
        }
        #expect(mistakes(text).contains { $0.contains("the placeholders expand to more than 256 MiB") })
    }

    @Test func aliasesAndDepthAreBounded() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let alias = "*a\(level - 1)"
            bomb +=
                "a\(level): &a\(level) [" + Array(repeating: alias, count: 10).joined(separator: ", ") + "]\n"
        }
        #expect(mistakes(bomb) == ["5:45: aliases expand to more than 100000 values"])
        let deep = "pipeline: p\nstages: " + String(repeating: "[", count: 10_000)
        #expect(mistakes(deep) == ["2:72: nested more than 64 levels deep"])
    }

    @Test func damagedFilesAreRejectedOrReadButNeverCrash() {
        let valid = Array(PipelineTests.example.utf8)
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let pieces = [
            "${", "}", "[*]", ": ", "- ", "&a", "*a", "\n", "\"", "'", "#", "{", "null", "\t", "é", "|",
        ]
        var refused = 0
        for _ in 0..<3000 {
            var bytes = valid
            for _ in 0...next(3) {
                let at = next(bytes.count)
                switch next(3) {
                case 0: bytes[at] = UInt8(next(128))
                case 1: bytes.removeSubrange(at..<min(bytes.count, at + 1 + next(20)))
                default: bytes.insert(contentsOf: pieces[next(pieces.count)].utf8, at: at)
                }
            }
            do {
                _ = try load(String(decoding: bytes, as: UTF8.self))
            } catch {
                refused += 1
                #expect(!error.errors.isEmpty)
                for mistake in error.errors { #expect(mistake.location.line >= 1) }
            }
        }
        #expect(refused > 1000)
    }
}
