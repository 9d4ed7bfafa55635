import Dataflow
import PipelineFiles
import StageSchemas
import Testing

@testable import Commands

private func stage(
    _ name: String, _ fold: Int? = nil, reads: [Stage.Input] = []
) -> Stage {
    Stage(
        id: StageID(name, fold.map { [StageID.Coordinate(axis: "fold", value: .integer($0))] } ?? []),
        work: .command(Stage.Command(segments: [.text("true")])), inputs: reads,
        outputs: [Stage.Output(name: "out", fileName: "out")])
}

private func output(_ name: String, _ fold: Int? = nil) -> OutputReference {
    OutputReference(stage: stage(name, fold).id, output: "out")
}

private let pipeline = Pipeline(
    name: "demo",
    stages: [
        stage(
            "rows",
            reads: [Stage.Input(name: "file", source: .external(ExternalSource(path: "data/in \"1\".csv")))]),
        stage("model", 0, reads: [Stage.Input(name: "rows", source: .output(output("rows")))]),
        stage("model", 1, reads: [Stage.Input(name: "rows", source: .output(output("rows")))]),
        stage(
            "blend",
            reads: [Stage.Input(name: "models", source: .gather([output("model", 0), output("model", 1)]))]),
    ], publications: [Publication(fileName: "out.csv", source: output("blend"))])

@Test func instancesShareANode() {
    #expect(
        GraphDrawing(pipeline, showsInstances: false).text(width: 80, style: .plain) == """
            rows      run  ← 'data/in "1".csv'
            model ×2  run  ← rows
            blend     run  ← model  → out.csv

            """)
}

@Test func instancesCanBeDrawn() {
    let drawing = GraphDrawing(pipeline, showsInstances: true)
    #expect(drawing.nodes.map(\.name) == ["rows", "model[fold=0]", "model[fold=1]", "blend"])
    #expect(drawing.nodes[3].reads == ["model[fold=0]", "model[fold=1]"])
}

@Test func graphvizIsQuoted() {
    let dot = GraphDrawing(pipeline, showsInstances: false).dot
    #expect(dot.contains(#""file:data/in \"1\".csv" [label="data/in \"1\".csv", shape=note];"#))
    #expect(dot.contains(#""model" [label="model ×2\nrun"];"#))
    #expect(dot.contains(#""rows" -> "model";"#))
    #expect(dot.contains(#""published:blend" [label="out.csv", shape=folder];"#))
    #expect(dot.contains(#""blend" -> "published:blend";"#))
    #expect(dot.hasPrefix("digraph \"demo\" {\n") && dot.hasSuffix("}\n"))
}

/// Whose instances are known only in a run.
@Test func whatUnknownInstancesPublishIsShown() throws {
    let pipeline = try PipelineFile.load(
        text: """
            pipeline: p
            stages:
              list: { run: x, outputs: { names: names.json } }
              part: { each: { name: list.names }, run: "echo ${each.name}", outputs: { out: out } }
              model: { matrix: { fold: { range: 9 } }, run: "echo ${matrix.fold}", outputs: { out: out } }
            publish: { "parts/${each.name}.txt": "part[*].out", "m/${matrix.fold}": "model[*].out" }

            """, file: "p.yaml", schemas: [], fingerprints: [:]
    ).pipeline
    let drawing = GraphDrawing(pipeline, showsInstances: false)
    #expect(drawing.nodes.first { $0.name == "part" }?.publishes == ["parts/${each.name}.txt"])
    #expect(
        drawing.text(width: 80, style: .plain).contains("known after list.names  → parts/${each.name}.txt\n"))
    #expect(drawing.mermaid.contains(#"s2 --> p2>"parts/${each.name}.txt"]"#))
    #expect(drawing.dot.contains(#"[label="parts/${each.name}.txt", shape=folder]"#))
    #expect(drawing.document.json.contains(#""publishes":["parts/${each.name}.txt"]"#))
    // Of many files, the drawings name the first.
    #expect(drawing.dot.contains(#"label="m/0\nm/1\nm/2\nm/3\nm/4\nand 4 more""#))
    #expect(drawing.nodes.first { $0.name == "model" }?.publishes.count == 9)
    let instances = GraphDrawing(pipeline, showsInstances: true)
    #expect(instances.nodes.filter { $0.publishes.contains("parts/${each.name}.txt") }.count == 1)
}

@Test(arguments: [
    (#"a"b\N"#, #""a\"b\\N""#, #""a&quot;b\N""#), ("a\nb", #""a\\nb""#, #""a\nb""#),
    ("<b>&", #""<b>&""#, #""&lt;b&gt;&amp;""#), (#"a\"#, #""a\\""#, #""a\""#),
    // A quotation mark and a combining accent are one Character, and still a quotation mark.
    ("\"\u{301}", "\"\\\"\u{301}\"", "\"&quot;\u{301}\""),
])
func textsInGraphsAreQuoted(text: String, graphviz: String, mermaid: String) {
    #expect(Graphviz.quoted(text) == graphviz)
    #expect(Mermaid.quoted(text) == mermaid)
}

@Test func mermaidIsQuoted() {
    #expect(
        GraphDrawing(pipeline, showsInstances: false).mermaid == """
            flowchart LR
                s0["rows<br/>run"]
                s1["model ×2<br/>run"]
                s2["blend<br/>run"]
                f0[/"data/in &quot;1&quot;.csv"/]
                f0 --> s0
                s0 --> s1
                s1 --> s2
                s2 --> p2>"out.csv"]

            """)
}

@Test(
    arguments: [
        ("mod*", ["model[fold=0]", "model[fold=1]"]), ("*fold=1]", ["model[fold=1]"]), ("*", nil),
        ("r*s", ["rows"]), ("**ow**", ["rows"]), ("model+", ["model[fold=0]", "model[fold=1]", "blend"]),
        ("+model[fold=0]", ["rows", "model[fold=0]"]),
        ("+model[fold=1]+", ["rows", "model[fold=1]", "blend"]),
        ("rows+", nil), ("+bl*", nil),
    ] as [(String, [String]?)])
func stagesAreFoundByPatternsAndTheGraph(word: String, stages: [String]?) throws {
    let all = ["rows", "model[fold=0]", "model[fold=1]", "blend"]
    #expect(try pipeline.stages(named: word).map(\.description) == stages ?? all)
}

@Test(arguments: ["x*", "model*x", "*rowsrows", "+", "modle+"]) func anUnknownStageIsAMistake(
    word: String
) {
    #expect(throws: CommandFailure.self) { try pipeline.stages(named: word) }
}

@Test func stagesAreFoundByNameIdAndGather() throws {
    #expect(try pipeline.stages(named: "model").map(\.description) == ["model[fold=0]", "model[fold=1]"])
    #expect(try pipeline.stages(named: "model[*]").count == 2)
    #expect(try pipeline.stages(named: "model[fold=1]").map(\.description) == ["model[fold=1]"])
    for (word, message) in [
        ("modle", "there is no stage 'modle'; did you mean 'model'?"),
        (
            "model[fold=9]",
            "there is no stage 'model[fold=9]'; its instances are model[fold=0], model[fold=1]"
        ),
        ("xyzzy", "there is no stage 'xyzzy'; the stages are rows, model, blend"),
    ] {
        #expect { try pipeline.stages(named: word) } throws: { "\($0)" == message }
    }
}
