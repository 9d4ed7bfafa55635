import Dataflow
import Testing

@Suite struct SelectionTests {
    /// `a → b → c`, and `d`, which reads from `a` twice and from `b`.
    private let pipeline = Pipeline(
        name: "p",
        stages: [
            stage("a"), stage("b", reading: ["a"]), stage("c", reading: ["b"]),
            stage("d", reading: ["b", "a", "a"]),
        ])

    private static func stage(_ name: String, reading: [String] = []) -> Stage {
        Stage(
            id: StageID(name), work: .command(Stage.Command(segments: [])),
            inputs: reading.enumerated().map { position, source in
                Stage.Input(
                    name: "i\(position)",
                    source: .output(OutputReference(stage: StageID(source), output: "o")))
            }, outputs: [Stage.Output(name: "o", fileName: "o")])
    }

    private func summary(_ selection: Selection) -> [String] {
        zip(selection.stages, selection.roles).map { "\($0.id) \($1)" }
    }

    @Test func selectsAllStagesUnlessSomeAreNamed() {
        let all = Selection(of: pipeline)
        #expect(summary(all) == ["a needed", "b needed", "c needed", "d needed"])
        #expect(all.dependencies == [[], [0], [1], [0, 1]])
        #expect(all.index(of: StageID("c")) == 2 && all.index(of: StageID("x")) == nil)
        #expect(
            summary(Selection(of: pipeline, isForced: true))
                == ["a forced", "b forced", "c forced", "d forced"])
    }

    @Test func theReachDeterminesWhatIsIncluded() {
        let b: Set = [StageID("b")]
        #expect(summary(Selection(of: pipeline, chosen: b)) == ["a needed", "b needed"])
        #expect(summary(Selection(of: pipeline, chosen: b, reach: .alone)) == ["a lookedUp", "b needed"])
        #expect(
            summary(Selection(of: pipeline, chosen: b, reach: .withDependents, isForced: true))
                == ["a needed", "b forced", "c forced", "d forced"])
        let d = Selection(of: pipeline, chosen: [StageID("d")])
        #expect(summary(d) == ["a needed", "b needed", "d needed"] && d.dependencies == [[], [0], [0, 1]])
    }

    @Test func dependenciesAndDependentsAreTransitive() {
        #expect(pipeline.sources(of: [StageID("c")]) == [StageID("a"), StageID("b"), StageID("c")])
        #expect(pipeline.dependents(of: [StageID("a")]).count == 4)
        #expect(pipeline.dependents(of: [StageID("c")]) == [StageID("c")])
    }
}
