import Testing

/// A pipeline file, and the mistakes that it has.
struct MistakeCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let expected: [String]
    let text: String

    init(_ name: String, _ expected: [String], _ text: String) {
        testDescription = name
        self.expected = expected
        self.text = text
    }
}

extension MistakeCase {
    /// Mistakes in stages and parameters of kinds.
    static let ofStages: [MistakeCase] = [
        MistakeCase(
            "unknown kind", ["3:14: unknown kind 'trian'; did you mean 'train'?"],
            "pipeline: p\nstages:\n  a: { kind: trian }\n"),
        MistakeCase(
            "wrong type", ["3:60: train: rounds: expected an integer from 1 to 100, not the text 'many'"],
            "pipeline: p\nstages:\n  a: { kind: train, inputs: { rows: { file: x } }, with: { rounds: many } }\n"
        ),
        MistakeCase(
            "out of range", ["3:60: train: rounds: 0 is not an integer from 1 to 100"],
            "pipeline: p\nstages:\n  a: { kind: train, inputs: { rows: { file: x } }, with: { rounds: 0 } }\n"
        ),
        MistakeCase(
            "unknown parameter", ["3:60: train: ruonds: unknown parameter; did you mean 'rounds'?"],
            "pipeline: p\nstages:\n  a: { kind: train, inputs: { rows: { file: x } }, with: { ruonds: 1 } }\n"
        ),
        MistakeCase(
            "a rule between a parameter and an input that is not given",
            ["3:60: train: rounds: more than 50 need the input 'folds'"],
            """
            pipeline: p
            stages:
              a: { kind: train, inputs: { rows: { file: x } }, with: { rounds: 51 } }
              b: { kind: train, inputs: { rows: { file: x }, folds: a.model }, with: { rounds: 51 } }

            """),
        MistakeCase(
            "missing input", ["3:3: stage 'a': the input 'rows' is missing. The rows."],
            "pipeline: p\nstages:\n  a: { kind: train }\n"),
        MistakeCase(
            "kind and command", ["3:13: stage 'a' has both kind: and run:; remove one"],
            "pipeline: p\nstages:\n  a: { run: x, kind: train, outputs: { o: o } }\n"),
        MistakeCase(
            "unknown-key", ["6:5: unknown key 'retrys'; did you mean 'retries'?"],
            """
            pipeline: p
            stages:
              a:
                run: echo > ${outputs.o}
                outputs: { o: o }
                retrys: 3

            """),
        MistakeCase(
            "unknown-top", ["2:1: unknown key 'stage'; did you mean 'stages'?"],
            """
            pipeline: p
            stage: {}
            stages:
              a: { run: x, outputs: { o: o } }

            """),
        MistakeCase(
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
        MistakeCase(
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
        MistakeCase(
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
        MistakeCase(
            "cycle", ["3:3: the stages form a cycle: a → b → c → a"],
            """
            pipeline: p
            stages:
              a: { run: x, inputs: { i: c }, outputs: { o: o } }
              b: { run: x, inputs: { i: a }, outputs: { o: o } }
              c: { run: x, inputs: { i: b }, outputs: { o: o } }

            """),
        MistakeCase(
            "duplicate-key", ["6:5: duplicate key 'run', already defined on line 4"],
            """
            pipeline: p
            stages:
              a:
                run: x
                outputs: { o: o }
                run: y

            """),
        MistakeCase(
            "duplicate-stage", ["4:3: duplicate key 'a', already defined on line 3"],
            """
            pipeline: p
            stages:
              a: { run: x, outputs: { o: o } }
              a: { run: y, outputs: { o: o } }

            """),
    ]
}
