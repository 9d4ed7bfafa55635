import Dataflow
import Digests
import Files
import StageKit
import Synchronization
import TestSupport
import Testing

@testable import Execution

/// The run loop on a virtual machine: every phase of a stage, without a process and without waiting.
@Suite struct RunnerTests {
    @Test func stagesRunInOrderAndAreAllCachedTheSecondTime() throws {
        try VirtualRun.with { run in
            let stages = [stage("a"), stage("b", after: ["a"]), stage("c", after: ["b"])]
            #expect(try run.run(stages).dispositions == ["a ran", "b ran", "c ran"])
            #expect(run.system.starts.map(\.stage) == ["a", "b", "c"])
            #expect(run.system.starts.map(\.time) == [0, 1, 2])
            let second = try run.run(stages)
            #expect(second.summary.outcome == .succeeded)
            #expect(second.dispositions == ["a cached", "b cached", "c cached"])
            #expect(run.system.starts.count == 3)
        }
    }

    @Test func eventsOfAnAttemptAreReportedAndStored() throws {
        try VirtualRun.with { run in
            run.system.plays["a"] = [
                Play(
                    seconds: 3, files: ["log": "first\n"],
                    events: [
                        (0.5, .progress(done: 1, total: 2, unit: "rows")),
                        (1, .metric(name: "loss", value: 0.5)),
                        (1, .metric(name: "odd", value: .nan)), (2, .log("second")),
                    ])
            ]
            let outcome = try run.run([stage("a")])
            let trace = try #require(outcome.summary.results[0].trace)
            #expect(trace.metrics == ["loss": 0.5])
            #expect(trace.cost == Cost(wallSeconds: 3, cpuSeconds: 0.5, peakMemory: 4096))
            let digest = try #require(trace.log)
            let log = try #require(run.store.content(of: digest))
            #expect(String(decoding: log, as: UTF8.self) == "first\nsecond\n")
            let told = outcome.events.compactMap { event in
                switch event {
                case .progress(_, let done, let total, let unit): "\(done)/\(total ?? 0) \(unit)"
                case .metric(_, let name, let value): "\(name) \(value)"
                case .log(_, let line): line
                default: nil
                }
            }
            #expect(told == ["1/2 rows", "loss 0.5", "second"])
        }
    }

    @Test(arguments: [
        (Play(cause: .status(7)), "it ended with exit status 7"),
        (Play(cause: .signal(11)), "it was ended by signal 11"),
        (Play(cause: .signal(9)), "it was ended by signal 9 (the system may have run out of memory)"),
        (Play(events: [(0, .failure("no rows are left"))], cause: .status(1)), "no rows are left"),
        (Play(refusal: "no such program"), "it could not be started: no such program"),
        (Play(output: nil), "it wrote no output 'o' (expected the file o.txt)"),
        (
            Play(files: ["outputs/more.txt": "x"]),
            "it wrote undeclared outputs: 'more.txt'"
        ),
    ])
    func aFailureHasAMessageAndALogAndDependentsAreSkipped(play: Play, message: String) throws {
        try VirtualRun.with { run in
            var play = play
            play.files["log"] = "so far\n"
            run.system.plays["a"] = [play]
            let outcome = try run.run([stage("a"), stage("b", after: ["a"])])
            #expect(outcome.dispositions == ["a failed", "b skipped"])
            #expect(outcome.message(of: "a") == message)
            #expect(outcome.summary.outcome == .failed)
            guard play.refusal == nil else { return }
            let log = try #require(outcome.summary.results[0].failureLog)
            #expect(run.store.content(of: log) == Array("so far\n".utf8))
        }
    }

    @Test func theFirstInterruptLetsRunningStagesFinish() throws {
        try VirtualRun.with { run in
            run.system.plays = ["a": [Play(seconds: 10)], "c": [Play(cause: .status(1))]]
            run.system.interrupts = [3.5]
            let stages = [stage("a"), stage("b", after: ["a"]), stage("c", retries: 5)]
            // The second attempt of c fails at 3, and the third is waited for when the interrupt comes.
            let outcome = try run.run(stages)
            #expect(outcome.dispositions == ["a ran", "b canceled", "c canceled"])
            #expect(outcome.summary.outcome == .interrupted)
            #expect(run.system.signals.isEmpty && run.system.now >= 10)
            let wasTold = outcome.events.contains { if case .draining = $0 { true } else { false } }
            #expect(wasTold)
        }
    }

    @Test func theSecondInterruptKillsThem() throws {
        try VirtualRun.with { run in
            run.system.plays["a"] = [Play(seconds: 100, obeysAfter: nil)]
            run.system.interrupts = [3, 4]
            let outcome = try run.run([stage("a", retries: 3), stage("b", after: ["a"])])
            #expect(outcome.dispositions == ["a canceled", "b canceled"])
            #expect(outcome.message(of: "a") == "the run was interrupted")
            #expect(run.system.signals == ["4.0 kill a"] && run.system.starts.count == 1)
        }
        // Both at once, and while an output is captured.
        try VirtualRun.with { run in
            run.system.captureSeconds = 30
            run.system.plays["a"] = [Play(output: String(repeating: "x", count: 5 << 20))]
            run.system.interrupts = [3, 3]
            let outcome = try run.run([stage("a")])
            #expect(outcome.dispositions == ["a canceled"])
        }
    }

    @Test func forcedStagesRunWhateverIsInTheStore() throws {
        try VirtualRun.with { run in
            let pipeline = Pipeline(name: "p", stages: [stage("a"), stage("b")])
            try run.run(Selection(of: pipeline))
            let forced = Selection(of: pipeline, chosen: [StageID("a")], isForced: true)
            let outcome = try run.run(forced)
            #expect(outcome.dispositions == ["a ran"])
            #expect(outcome.summary.results[0].reasons == [.forced])
        }
    }

    @Test func stagesThatMayNotRunAreLookedUp() throws {
        try VirtualRun.with { run in
            let pipeline = Pipeline(name: "p", stages: [stage("a"), stage("b", after: ["a"])])
            let alone = Selection(of: pipeline, chosen: [StageID("b")], reach: .alone)
            let failed = try run.run(alone)
            #expect(failed.dispositions == ["a failed", "b skipped"])
            #expect(failed.message(of: "a") == Selection.lookUpFailure)
            try run.run(Selection(of: pipeline, chosen: [StageID("a")]))
            #expect(try run.run(alone).dispositions == ["a cached", "b ran"])
        }
    }

    @Test func verifiedStagesRunTwiceOrOnceMoreIfTheyAreCached() throws {
        try VirtualRun.with { run in
            run.system.plays = ["steady": [Play()], "random": [Play(), Play(output: "other")]]
            let stages = [stage("steady"), stage("random")]
            let outcome = try run.run(stages) {
                $0.verifies = true
                $0.keepsGoing = true
            }
            #expect(outcome.dispositions == ["steady ran", "random failed"])
            #expect(run.system.starts.count == 4)
            #expect(
                outcome.message(of: "random")
                    == "it is not deterministic: the output 'o' differs between two runs")
            let again = try run.run([stage("steady")]) { $0.verifies = true }
            #expect(again.dispositions == ["steady ran"] && again.summary.results[0].reasons == [.forced])
            #expect(run.system.starts.count == 5)
        }
    }

    @Test func aMissingOutputIsAReasonToRunAgain() throws {
        try VirtualRun.with { run in
            let first = try run.run([stage("a")])
            run.store.lose(try #require(first.summary.results[0].trace?.outputs["o"]).digest)
            let again = try run.run([stage("a")])
            #expect(again.dispositions == ["a ran"])
            #expect(again.summary.results[0].reasons == [.outputMissing(name: "o")])
        }
    }

    /// Of many short stages, some are claimed ahead of time, and then never run.
    @Test func aRunThatEndsEarlyHoldsNoClaims() throws {
        try VirtualRun.with { run in
            let stages = (0..<60).map { stage("s\($0)") }
            for item in stages { run.system.plays[item.id.description] = [Play(seconds: 0.001)] }
            run.system.plays["s30"] = [Play(seconds: 0.001, cause: .status(1))]
            let outcome = try run.run(stages)
            #expect(outcome.summary.outcome == .failed)
            #expect(outcome.dispositions.last == "s59 canceled")
        }
    }

    @Test func aStageIsReportedAsRanOnceDurableAndDependentsStartBefore() throws {
        try VirtualRun.with { run in
            run.system.commitSeconds = 5
            let stages = [stage("a"), stage("b", after: ["a"]), stage("c", after: ["b"])]
            let store = run.store
            let durable = Mutex<[Bool]>([])
            let recorder = Recorder { event in
                guard case .stageFinished(let result) = event else { return }
                let isThere = store.results.contains { $0.stage == result.stage }
                durable.withLock { $0.append(isThere) }
            }
            let outcome = try run.run(stages, recorder: recorder)
            #expect(outcome.dispositions == ["a ran", "b ran", "c ran"])
            #expect(run.system.starts.map(\.time) == [0, 1, 2])
            #expect(durable.withLock { $0 } == [true, true, true])
            let order = outcome.events.compactMap { event in
                switch event {
                case .stageStarted(let stage, _, _, _): "start \(stage)"
                case .stageFinished(let result): "end \(result.stage)"
                default: nil
                }
            }
            #expect(order == ["start a", "start b", "start c", "end a", "end b", "end c"])
        }
    }

    @Test func theNextStageStartsBeforeTheOutputsOfTheLastAreLookedAt() throws {
        try VirtualRun.with { run in
            run.system.plays["a"] = [Play(output: nil)]
            let outcome = try run.run([stage("a"), stage("b")], jobs: 1)
            // What ended well has written nothing, which is found out when its place is taken already.
            #expect(outcome.dispositions.sorted() == ["a failed", "b ran"])
            let order = outcome.events.compactMap { event in
                switch event {
                case .stageStarted(let stage, _, _, _): "start \(stage)"
                case .stageFinished(let result): "end \(result.stage)"
                default: nil
                }
            }
            #expect(order == ["start a", "start b", "end a", "end b"])
        }
    }

    @Test func anOutputThatCannotBeStoredStopsTheRun() throws {
        try VirtualRun.with { run in
            run.store.refuse(StageID("a"))
            let stages = [stage("a"), stage("b", after: ["a"]), stage("c", after: ["b"])]
            let outcome = try run.run(stages)
            #expect(outcome.dispositions == ["a failed", "b ran", "c canceled"])
            #expect(outcome.message(of: "a") == "its result could not be stored: a is refused")
            #expect(outcome.summary.outcome == .failed && outcome.summary.storeTrouble != nil)
        }
    }

    @Test func aRunWhoseStoreFailsKillsItsAttemptsAndHoldsNoClaims() throws {
        try VirtualRun.with { run in
            run.system.plays["slow"] = [Play(seconds: 100, obeysAfter: nil)]
            run.system.at(0.5) { run.store.lose() }
            let stages = [stage("quick"), stage("slow"), stage("after", after: ["quick"])]
            #expect(throws: InMemoryStoreError.self) { try run.run(stages) }
            #expect(run.system.signals == ["1.0 kill slow"])
        }
    }
}
