import Dataflow
import Files
import StageSchemas
import TestSupport
import Testing

@testable import Execution

/// Stages whose instances are known only in the middle of a run.
@Suite struct ExpansionTests {
    /// `list`; `each` for every element, then `next` for every element; and `all`. `slow` is not concerned.
    private static func pipeline(_ lists: KnownLists = [:]) -> Pipeline {
        let list = OutputReference(stage: StageID("list"), output: "o")
        func id(_ name: String, _ value: Value) -> StageID {
            StageID(name, [StageID.Coordinate(axis: "x", value: value)])
        }
        func each(_ name: String, _ value: Value, reads: String?, awaits: OutputReference?) -> Stage {
            Stage(
                id: id(name, value),
                work: .command(Stage.Command(segments: [.text("\(name) \(value)"), .output("o")])),
                inputs: reads.map {
                    [
                        Stage.Input(
                            name: "i", source: .output(OutputReference(stage: id($0, value), output: "o")))
                    ]
                } ?? [], outputs: [Stage.Output(name: "o", fileName: "o.txt")], lists: [list],
                awaitedList: awaits, placeholder: id(name, StageID.unknown))
        }
        let values = lists[list]?.map(\.value) ?? [StageID.unknown]
        let awaits = lists[list] == nil ? list : nil
        let last = values.map { each("next", $0, reads: "each", awaits: awaits) }
        let all = Stage(
            id: StageID("all"), work: .command(Stage.Command(segments: [.text("all"), .output("o")])),
            inputs: [
                Stage.Input(
                    name: "i", source: .gather(last.map { OutputReference(stage: $0.id, output: "o") }))
            ], outputs: [Stage.Output(name: "o", fileName: "o.txt")])
        return Pipeline(
            name: "p",
            stages: [stage("list"), stage("slow")]
                + values.map { each("each", $0, reads: nil, awaits: awaits) } + last + [all],
            expansion: Expansion(lists: lists) { pipeline($0) })
    }

    private func run(
        _ run: VirtualRun, jobs: Int = 4, recorder: Recorder = Recorder(), chosen: Set<StageID>? = nil,
        keepsGoing: Bool = false
    ) throws -> RunSummary {
        let attempts = run.folder.appending("attempts")
        try FileSystem.makeDirectories(attempts)
        var options = RunOptions(
            capacity: SchedulerState.Capacity(cpus: jobs), workerExecutable: "/nowhere", environment: [:],
            publicationFolder: run.folder.appending("out"), attemptsFolder: attempts)
        options.keepsGoing = keepsGoing
        let runner = Runner(
            Selection(of: Self.pipeline(), chosen: chosen), store: run.store, reporter: recorder,
            options: options, executor: run.system, system: run.system)
        defer { #expect(run.store.claimCount == 0) }
        return try runner.run(RunDescription(pipeline: "p", file: "p.yaml", arguments: []))
    }

    private func dispositions(_ summary: RunSummary) -> [String] {
        summary.results.map { "\($0.stage) \($0.disposition)" }
    }

    @Test func instancesStartAsSoonAsTheListIsKnown() throws {
        try VirtualRun.with { virtual in
            virtual.system.plays["list"] = [Play(output: "[\"a\", \"b\"]")]
            virtual.system.plays["slow"] = [Play(seconds: 10)]
            virtual.system.plays["each[x=b]"] = [Play(seconds: 5)]
            let recorder = Recorder()
            let summary = try run(virtual, recorder: recorder)
            #expect(
                dispositions(summary) == [
                    "list ran", "slow ran", "each[x=a] ran", "each[x=b] ran", "next[x=a] ran",
                    "next[x=b] ran", "all ran",
                ])
            let starts = Dictionary(
                virtual.system.starts.map { ($0.stage, $0.time) }, uniquingKeysWith: { first, _ in first })
            // Nobody waits for `slow`, nor one element for another.
            #expect(starts["each[x=a]"] == 1 && starts["next[x=a]"] == 2 && starts["next[x=b]"] == 6)
            #expect(starts["all"] == 7)
            let known = recorder.all.compactMap { event in
                if case .expanded(let name, let ids, let replaced) = event {
                    "\(name) \(ids.count) \(replaced)"
                } else {
                    nil
                }
            }
            #expect(known == ["each 2 1", "next 2 1"])
            // The second time all is known at once.
            let second = try run(virtual)
            #expect(second.results.allSatisfy { $0.disposition == .cached })
            #expect(second.results.count == 7)
        }
    }

    @Test func aNewElementRunsOnlyItsInstances() throws {
        try VirtualRun.with { virtual in
            virtual.system.plays["list"] = [
                Play(output: "[\"a\", \"b\"]"), Play(output: "[\"c\", \"a\", \"b\"]"),
            ]
            _ = try run(virtual)
            let artifact = try #require(virtual.store.results.first { $0.stage == StageID("list") }?.trace)
            virtual.store.lose(try #require(artifact.outputs["o"]).digest)
            let second = try run(virtual)
            #expect(
                second.results.filter { $0.disposition == .ran }.map(\.stage.description)
                    == ["list", "each[x=c]", "next[x=c]", "all"])
        }
    }

    @Test(arguments: [("{}", "the list list.o: it is a map, not a list"), ("[", "it is not valid JSON")])
    func anInvalidListFailsTheStageThatNeedsIt(_ text: String, _ message: String) throws {
        try VirtualRun.with { virtual in
            virtual.system.plays["list"] = [Play(output: text)]
            let summary = try run(virtual, keepsGoing: true)
            #expect(summary.outcome == .failed)
            let failed = try #require(summary.results.first { $0.stage.description == "each[x=*]" })
            #expect(failed.disposition == .failed)
            #expect(failed.message?.contains(message) == true)
            #expect(dispositions(summary).contains("all skipped"))
            #expect(dispositions(summary).contains("slow ran"))
        }
    }

    @Test func aFailedListSkipsTheInstances() throws {
        try VirtualRun.with { virtual in
            virtual.system.plays["list"] = [Play(cause: .status(1))]
            let summary = try run(virtual, keepsGoing: true)
            #expect(
                dispositions(summary) == [
                    "list failed", "slow ran", "each[x=*] skipped", "next[x=*] skipped", "all skipped",
                ])
        }
    }

    @Test func anEmptyListLeavesNothingToWaitFor() throws {
        try VirtualRun.with { virtual in
            virtual.system.plays["list"] = [Play(output: "[]")]
            let summary = try run(virtual)
            #expect(dispositions(summary) == ["list ran", "slow ran", "all ran"])
        }
    }

    @Test func aFailedInstanceSkipsWhatReadsIt() throws {
        try VirtualRun.with { virtual in
            virtual.system.plays["list"] = [Play(output: "[1, 2]")]
            virtual.system.plays["each[x=1]"] = [Play(cause: .status(1))]
            let summary = try run(virtual, keepsGoing: true)
            #expect(
                dispositions(summary) == [
                    "list ran", "slow ran", "each[x=1] failed", "each[x=2] ran", "next[x=1] skipped",
                    "next[x=2] ran", "all skipped",
                ])
        }
    }

    @Test func oneInstanceCanBeChosen() throws {
        try VirtualRun.with { virtual in
            virtual.system.plays["list"] = [Play(output: "[1, 2]")]
            func next(_ value: Value) -> StageID {
                StageID("next", [StageID.Coordinate(axis: "x", value: value)])
            }
            let summary = try run(virtual, chosen: [next(2)])
            #expect(dispositions(summary) == ["list ran", "each[x=2] ran", "next[x=2] ran"])
            let gone = try run(virtual, chosen: [next(3)])
            #expect(gone.outcome == .failed)
            #expect(
                gone.results.contains {
                    $0.message == "there is no instance next[x=3]: list.o does not contain it"
                })
        }
    }

    @Test func CtrlCBeforeTheListIsKnownCancelsThePlaceholders() throws {
        try VirtualRun.with { virtual in
            virtual.system.plays["list"] = [Play(seconds: 5, output: "[1]")]
            virtual.system.interrupts = [1]
            let summary = try run(virtual)
            #expect(
                dispositions(summary) == [
                    "list ran", "slow ran", "each[x=*] canceled", "next[x=*] canceled", "all canceled",
                ])
        }
    }
}
