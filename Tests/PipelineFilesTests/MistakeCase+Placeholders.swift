extension MistakeCase {
    /// Mistakes in placeholders and what follows.
    static let others: [MistakeCase] = [
        MistakeCase(
            "bad-placeholder", ["3:19: bad placeholder '${no way}'; write $${ for the shell's own"],
            """
            pipeline: p
            stages:
              a: { run: "echo ${no way}", outputs: { o: o } }

            """),
        MistakeCase(
            "unclosed", ["3:19: '${' is not closed; write $${ for the shell's own"],
            """
            pipeline: p
            stages:
              a: { run: "echo ${nope", outputs: { o: o } }

            """),
        MistakeCase(
            "unknown-placeholder", ["4:19: unknown '${fold}'; did you mean '${folds}'?"],
            """
            pipeline: p
            parameters: { folds: 5 }
            stages:
              a: { run: "echo ${fold}", outputs: { o: o } }

            """),
        MistakeCase(
            "no-matrix", ["3:19: unknown '${matrix.fold}': the stage has no matrix"],
            """
            pipeline: p
            stages:
              a: { run: "echo ${matrix.fold}", outputs: { o: o } }

            """),
        MistakeCase(
            "same-file", ["3:44: the outputs 'one' and 'two' have the same file name"],
            """
            pipeline: p
            stages:
              a: { run: x, outputs: { one: o.txt, two: o.txt } }

            """),
        MistakeCase(
            "escaping",
            [
                "3:32: '../o.txt' must be a relative path without '..', and its name may contain only letters, digits, '_' and '-'"
            ],
            """
            pipeline: p
            stages:
              a: { run: x, outputs: { one: ../o.txt } }

            """),
        MistakeCase(
            "neither", ["3:3: stage 'a' needs kind: or run:"],
            """
            pipeline: p
            stages:
              a: { outputs: { o: o } }

            """),
        MistakeCase(
            "no-outputs", ["3:3: stage 'a': run: needs outputs:, a map from names to file names"],
            """
            pipeline: p
            stages:
              a: { run: x }

            """),
        MistakeCase(
            "publish-nothing", ["4:19: there is no stage 'b'; did you mean 'a'?"],
            """
            pipeline: p
            stages:
              a: { run: x, outputs: { o: o } }
            publish: { x.txt: b }

            """),
        MistakeCase(
            "matrix-empty", ["3:29: matrix: the axis 'f' has no values"],
            """
            pipeline: p
            stages:
              a: { run: x, matrix: { f: [] }, outputs: { o: o } }

            """),
        MistakeCase(
            "matrix-twice", ["3:29: matrix: the axis 'f' has a duplicate value"],
            """
            pipeline: p
            stages:
              a: { run: x, matrix: { f: [1, 1] }, outputs: { o: o } }

            """),
        MistakeCase(
            "matrix-huge", ["3:24: matrix: more than 100000 instances"],
            """
            pipeline: p
            stages:
              a: { run: x, matrix: { f: { range: 1000 }, g: { range: 1000 } }, outputs: { o: o } }

            """),
        MistakeCase(
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
        MistakeCase(
            "gather-none", ["4:29: 'a' has a matrix: write a[*] for all instances, or a[f=…] for one"],
            """
            pipeline: p
            stages:
              a: { run: x, matrix: { f: [1, 2] }, outputs: { o: o } }
              b: { run: x, inputs: { i: a }, outputs: { o: o } }

            """),
        MistakeCase(
            "gather-value", ["4:29: 'a' has no instance a[f=3]"],
            """
            pipeline: p
            stages:
              a: { run: x, matrix: { f: [1, 2] }, outputs: { o: o } }
              b: { run: x, inputs: { i: 'a[f=3]' }, outputs: { o: o } }

            """),
        MistakeCase(
            "memory", ["3:37: memory: expected bytes, or text such as 500MB or 4GiB"],
            """
            pipeline: p
            stages:
              a: { run: x, resources: { memory: lots }, outputs: { o: o } }

            """),
        MistakeCase(
            "disk", ["3:35: disk: expected bytes, or text such as 500MB or 4GiB"],
            """
            pipeline: p
            stages:
              a: { run: x, resources: { disk: 0 }, outputs: { o: o } }

            """),
        MistakeCase(
            "not-yaml", ["4:1: while parsing a flow mapping, did not find expected ',' or '}'"],
            """
            pipeline: p
            stages:
              a: { run: x

            """),
        MistakeCase(
            "tab", ["3:1: a tab cannot be used for indentation in YAML; write spaces"],
            "pipeline: p\nstages:\n\ta: 1\n"),
        MistakeCase(
            "not-a-map", ["1:1: expected a map with pipeline: and stages:"],
            """
            - a
            - b

            """),
        MistakeCase(
            "a NUL where the system would cut off",
            [
                "3:17: a command cannot contain a NUL",
                "4:15: code: a name cannot contain a NUL",
                "5:39: file: a path cannot contain a NUL",
            ],
            #"""
            pipeline: p
            stages:
              a:     { run: "cat a\0b > ${outputs.o}", outputs: { o: o } }
              b: { code: ["a\0b"], run: "x", outputs: { o: o } }
              c: { run: "x", inputs: { i: { file: "in\0.txt" } }, outputs: { o: o } }

            """#),
        MistakeCase(
            "empty", ["1:1: expected a map with pipeline: and stages:"],
            ""),
        MistakeCase(
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
}
