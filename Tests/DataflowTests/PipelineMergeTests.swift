import Dataflow
import StageSchemas
import Testing

private func pipeline(rate: Int) -> Pipeline {
    func stage(_ name: String, _ text: String, _ inputs: [Stage.Input] = [], fold: Int? = nil) -> Stage {
        Stage(
            id: StageID(name, fold.map { [StageID.Coordinate(axis: "fold", value: .integer($0))] } ?? []),
            work: .command(Stage.Command(segments: [.text(text)])), inputs: inputs,
            outputs: [Stage.Output(name: "o", fileName: "o")])
    }
    func output(_ stage: Stage) -> OutputReference { OutputReference(stage: stage.id, output: "o") }
    let data = stage("data", "data")
    let models = (0..<2).map { fold in
        // Only one of the folds depends on the rate.
        stage(
            "model", "fit \(fold == 0 ? rate : 0)", [Stage.Input(name: "d", source: .output(output(data)))],
            fold: fold)
    }
    let all = stage("all", "cat", [Stage.Input(name: "m", source: .gather(models.map(output)))])
    return Pipeline(name: "p", stages: [data] + models + [all])
}

@Test func variantsShareWhatIsEqual() {
    let merged = PipelineMerge(
        name: "p (sweep)",
        [("rate=1", pipeline(rate: 1)), ("rate=2", pipeline(rate: 2)), ("rate=1 again", pipeline(rate: 1))]
    ).pipeline
    #expect(
        merged.stages.map(\.id.description) == [
            "data", "model{rate=1}[fold=0]", "model[fold=1]", "all{rate=1}", "model{rate=2}[fold=0]",
            "all{rate=2}",
        ])
    let last = merged.stages[5]
    #expect(last.inputs[0].references.map(\.stage.description) == ["model{rate=2}[fold=0]", "model[fold=1]"])
    // A gather's coordinates are part of keys, so they must be those of the variant.
    #expect(
        last.inputs[0].references.map(\.stage.coordinates)
            == pipeline(rate: 2).stages[3].inputs[0].references.map(\.stage.coordinates))
    #expect(Set(merged.stages.map(\.id)).count == merged.stages.count)
}
