import Dataflow
import Testing

@testable import PipelineFiles

/// Which instances a `matrix:` makes.
struct MatrixTests {
    private func stages(_ matrix: String, _ run: String = "echo > ${outputs.o}", more: String = "") throws
        -> [Stage]
    {
        let text = """
            pipeline: p
            parameters: { quick: true }
            stages:
              a:
                matrix: \(matrix)
                run: \(run)
                outputs: { o: o }
            \(more)

            """
        return try load(text).pipeline.stages
    }

    private func names(_ matrix: String) throws -> [String] { try stages(matrix).map(\.id.description) }

    private func command(_ stage: Stage) -> String? {
        if case .command(let command) = stage.work { command.text } else { nil }
    }

    @Test func aListOfCombinationsIsWrittenOut() throws {
        let matrix = "[{ model: gemma, rate: 1e-4 }, { rate: 2e-4, model: llama }]"
        let stages = try stages(matrix, "echo ${matrix.model} ${matrix.rate} > ${outputs.o}")
        #expect(
            stages.map(\.id.description) == ["a[model=gemma,rate=0.0001]", "a[model=llama,rate=0.0002]"])
        // A number is written as in the file.
        #expect(command(stages[0]) == "echo gemma 1e-4 > ${outputs.o}")
    }

    @Test func anAxisOfMapsHasACoordinateForEachKey() throws {
        let matrix = "{ m: [{ name: gemma, rate: 1e-4 }, { name: llama, rate: 2e-4 }], fold: { range: 2 } }"
        let stages = try stages(matrix, "echo ${matrix.m.name} ${matrix.m.rate} ${matrix.m} > ${outputs.o}")
        #expect(stages.count == 4)
        #expect(stages[1].id.description == "a[m.name=gemma,m.rate=0.0001,fold=1]")
        #expect(
            command(stages[1]) == #"echo gemma 1e-4 '{"name":"gemma","rate":0.0001}' > ${outputs.o}"#)
    }

    @Test func zippedAxesVaryTogether() throws {
        #expect(
            try names("{ zip: { model: [x, y], rate: [1, 1] }, fold: [0, 1] }") == [
                "a[model=x,rate=1,fold=0]", "a[model=x,rate=1,fold=1]", "a[model=y,rate=1,fold=0]",
                "a[model=y,rate=1,fold=1]",
            ])
    }

    @Test func exclusionsRemoveAllThatMatch() throws {
        #expect(
            try names("{ m: [x, y], fold: [0, 1], exclude: [{ m: y, fold: 0 }] }") == [
                "a[m=x,fold=0]", "a[m=x,fold=1]", "a[m=y,fold=1]",
            ])
        #expect(try names("{ m: [x, y], fold: [0, 1], exclude: [{ m: y }] }").count == 2)
        #expect(
            try names("{ m: [{ n: 1, k: 2 }, { n: 1, k: 3 }], exclude: [{ m: { n: 1, k: 3 } }] }")
                == ["a[m.k=2,m.n=1]"])
    }

    @Test func axesMayStillHaveTheNamesOfTheKeys() throws {
        #expect(try names("{ zip: [1, 2], exclude: { range: 1 } }").count == 2)
        #expect(try names("{ zip: { range: 3 } }") == ["a[zip=0]", "a[zip=1]", "a[zip=2]"])
        #expect(try names("{ exclude: [x, y] }") == ["a[exclude=x]", "a[exclude=y]"])
        #expect(try names("{ include: [x, y] }") == ["a[include=x]", "a[include=y]"])
        #expect(try names("{ m: [1], excluded: [{ n: 1 }] }") == ["a[m=1,excluded.n=1]"])
    }

    @Test func anInstanceReadsFromItsCounterpart() throws {
        let stages = try stages(
            "[{ m: x, n: 1 }, { m: y, n: 2 }]",
            more: """
                  b:
                    matrix: { m: [y] }
                    run: cat ${inputs.i} ${inputs.j} > ${outputs.o}
                    inputs: { i: "a[n=2,m=${matrix.m}]", j: "a[m=${matrix.m}]" }
                    outputs: { o: o }
                """)
        let b = try #require(stages.last)
        #expect(b.inputs[0].source == .output(OutputReference(stage: stages[1].id, output: "o")))
        #expect(b.inputs[1].source == .gather([OutputReference(stage: stages[1].id, output: "o")]))
    }

    @Test(arguments: [
        ("[]", "matrix: the list has no combinations"),
        ("[{ m: 1 }, { m: 1 }]", "matrix: two combinations are the same"),
        ("[{ m: 1 }, { n: 1 }]", "matrix: this combination has n, but the first has m"),
        ("[{ m: [1] }]", "matrix: expected a text, a number or a boolean, not a list"),
        ("[1, 2]", "matrix: expected a map such as { model: small, rate: 0.1 }"),
        ("{ m: [{ a: 1 }, { b: 1 }] }", "takes a list of values, or of maps with the same keys"),
        ("{ zip: { m: [1, 2], n: [1] } }", "zip: 'n' has 1 values, but 'm' has 2"),
        ("{ zip: { m: [1, 1], n: [1, 1] } }", "matrix: the axis 'zip' has a duplicate value"),
        ("{ zip: { m: [1, 2] }, m: [1, 2] }", "matrix: duplicate axis 'm'"),
        ("{ m: [1, 2], exclude: [{ n: 1 }] }", "exclude: there is no axis 'n'"),
        ("{ m: [1, 2], exclude: [{ m: 3 }] }", "exclude: no combination matches this"),
        ("{ m: [1], exclude: [{ m: 1 }] }", "exclude: no combination is left"),
        ("{ m: [1, 2], exlude: [{ m: 1 }] }", "matrix: unknown key 'exlude'; did you mean 'exclude'?"),
        ("{ zip: { m: [1, 2], n: [1, 2] }, Exclude: [{ m: 1, n: 1 }] }", "matrix: unknown key 'Exclude'"),
        ("{ m: [1, 2], include: [{ m: 3 }] }", "matrix: include: is not supported;"),
        ("{ zpi: { m: [1, 2], n: [1, 2] } }", "{ glob: … }; did you mean 'zip'?"),
        ("{ m: { rnage: 3 } }", "{ glob: … }; did you mean 'range'?"),
        ("3", "matrix: expected a map from axes to values, or a list of combinations"),
    ])
    func mistakesAreTold(_ matrix: String, _ message: String) {
        do {
            _ = try stages(matrix)
            Issue.record("\(matrix) is accepted")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }
}

@Test func instancesThatOnlyReadTheSameAreRefused() {
    func problems(_ matrix: String) -> [String] {
        mistakes(
            "pipeline: p\nstages:\n  i: { matrix: \(matrix), run: \"echo > ${outputs.o}\", outputs: { o: o.txt } }\n"
        )
    }
    let message =
        "3:3: several instances would have the name i[a=1,b=2,b=3]; change their values, or add one that differs"
    #expect(problems("{ a: [\"1,b=2\", \"1\"], b: [\"3\", \"2,b=3\"] }") == [message])
    #expect(problems("{ a: [\"1,b=2\", \"1\"], b: [\"3\", \"2\"] }") == [])
}
