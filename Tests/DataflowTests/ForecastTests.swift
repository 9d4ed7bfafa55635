import Dataflow
import Digests
import StageSchemas
import Testing

private func stage(_ name: String, reads: [Stage] = [], fold: Int? = nil, cpus: Int = 1) -> Stage {
    Stage(
        id: StageID(name, fold.map { [StageID.Coordinate(axis: "fold", value: .integer($0))] } ?? []),
        work: .command(Stage.Command(segments: [])),
        inputs: reads.enumerated().map {
            Stage.Input(name: "i\($0)", source: .output(OutputReference(stage: $1.id, output: "o")))
        }, outputs: [Stage.Output(name: "o", fileName: "o")], resources: Stage.Resources(cpus: cpus))
}

private func forecast(
    _ stages: [Stage], _ durations: [String: Double], cpus: Int = 2, upToDate: Set<String> = []
) -> Forecast {
    let plan = Plan(
        entries: stages.map { stage in
            let key = Key(SHA256.digest(of: stage.id.description))
            guard upToDate.contains(stage.id.description) else {
                return Plan.Entry(stage: stage, state: .stale(key, [.neverRan]))
            }
            let material = KeyMaterial(
                .kind(name: "k", fingerprint: key.digest, parameters: [:]), inputs: [:])
            return Plan.Entry(
                stage: stage, state: .upToDate(Trace(key: key, material: material, outputs: [:])))
        }, of: Selection(of: Pipeline(name: "p", stages: stages)))
    return Forecast(
        plan,
        costs: durations.mapValues { Forecast.Cost(seconds: $0, cpuSeconds: $0 / 2, bytes: 1000 * $0) },
        capacity: SchedulerState.Capacity(cpus: cpus))
}

@Test func withoutKnownDurationsAForecastTakesNoTime() {
    let a = stage("a")
    let nothing = forecast([a, stage("b", reads: [a])], [:])
    #expect(nothing.seconds == 0)
    #expect(nothing.stageCount == 2)
    #expect(nothing.unknownCount == 2)
}

@Test func aForecastFollowsTheCriticalPath() {
    let a = stage("a")
    let b = stage("b", reads: [a])
    let c = stage("c", reads: [a])
    let durations: [String: Double] = ["a": 2, "b": 5, "c": 3]
    #expect(forecast([a, b, c], durations).seconds == 7)
    #expect(forecast([a, b, c], durations, cpus: 1).seconds == 10)
    #expect(forecast([a, b, c], durations).stageSeconds == 10)
    #expect(
        forecast([a, b, c], durations).cpuSeconds == 5 && forecast([a, b, c], durations).bytes == 10_000)
    #expect(forecast([a, b, c], durations, upToDate: ["b"]).cpuSeconds == 2.5)
    #expect(forecast([a, b, c], durations, upToDate: ["a"]).seconds == 5)
    #expect(forecast([a, b, c], durations, upToDate: ["a", "b", "c"]).stageCount == 0)
    // Two that need both cores do not overlap.
    #expect(forecast([stage("x", cpus: 2), stage("y", cpus: 2)], ["x": 1, "y": 1]).seconds == 2)
}

@Test func otherInstancesEstimateUnknownDurations() {
    let folds = (0..<4).map { stage("m", fold: $0) }
    let known = forecast(folds, ["m[fold=0]": 2, "m[fold=1]": 4], cpus: 4)
    #expect(known.seconds == 4 && known.stageSeconds == 12 && known.unknownCount == 0)
    #expect(forecast(folds, [:]).unknownCount == 4)
}
