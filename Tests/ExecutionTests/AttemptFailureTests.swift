import Dataflow
import Digests
import Files
import StageKit
import Synchronization
import TestSupport
import Testing

@testable import Execution

/// Failures, retries and limits of attempts, on a virtual machine.
@Suite struct AttemptFailureTests {
    @Test func afterAFailureTheRestIsCanceledOrContinues() throws {
        let stages = [stage("bad"), stage("after", after: ["bad"]), stage("free")]
        try VirtualRun.with { run in
            run.system.plays["bad"] = [Play(cause: .status(1))]
            let outcome = try run.run(stages, jobs: 1)
            #expect(outcome.dispositions == ["bad failed", "after skipped", "free canceled"])
        }
        try VirtualRun.with { run in
            run.system.plays["bad"] = [Play(cause: .status(1))]
            let outcome = try run.run(stages, jobs: 1) { $0.keepsGoing = true }
            #expect(outcome.dispositions == ["bad failed", "after skipped", "free ran"])
        }
    }

    @Test func aFailedAttemptIsRetriedAfterDoublingPauses() throws {
        try VirtualRun.with { run in
            run.system.plays["a"] = [
                Play(cause: .status(1)), Play(refusal: "busy"), Play(cause: .signal(9)), Play(),
            ]
            let outcome = try run.run([stage("a", retries: 3)])
            #expect(outcome.dispositions == ["a ran"])
            // A second each but for the one that did not start, and pauses of 1, 2 and 4 seconds.
            #expect(run.system.starts.map(\.time) == [0, 2, 4, 9])
            let numbers = outcome.events.compactMap { event in
                if case .stageStarted(_, let number, _, _) = event { number } else { nil }
            }
            #expect(numbers == [1, 2, 3, 4])
        }
        try VirtualRun.with { run in
            run.system.plays["a"] = [Play(cause: .status(4))]
            let outcome = try run.run([stage("a", retries: 1)])
            #expect(outcome.dispositions == ["a failed"] && run.system.starts.count == 2)
            #expect(outcome.message(of: "a") == "it ended with exit status 4")
        }
    }

    @Test func anAttemptOverItsTimeLimitIsTerminatedThenKilled() throws {
        try VirtualRun.with { run in
            run.system.plays = [
                "polite": [Play(seconds: 100)], "deaf": [Play(seconds: 100, obeysAfter: nil)],
                "slow": [Play(seconds: 100, obeysAfter: 4)],
            ]
            let limit = Stage.Resources(time: .seconds(10))
            let outcome = try run.run(
                ["polite", "deaf", "slow"].map { stage($0, resources: limit) }, jobs: 3
            ) { $0.keepsGoing = true }
            #expect(outcome.dispositions == ["polite failed", "deaf failed", "slow failed"])
            #expect(
                outcome.message(of: "deaf") == "it took longer than its time limit of 10.0 seconds")
            #expect(
                run.system.signals == [
                    "10.0 terminate polite", "10.0 terminate deaf", "10.0 terminate slow", "15.0 kill deaf",
                ])
        }
    }

    @Test func theTimeLimitAppliesWhileLargeOutputsAreCaptured() throws {
        try VirtualRun.with { run in
            run.system.captureSeconds = 30
            run.system.plays["a"] = [Play(output: String(repeating: "x", count: 5 << 20))]
            let outcome = try run.run([stage("a", resources: Stage.Resources(time: .seconds(10)))])
            #expect(outcome.dispositions == ["a failed"])
            #expect(outcome.message(of: "a") == "it took longer than its time limit of 10.0 seconds")
        }
    }

    @Test func largeOutputsAreCapturedWhileOtherStagesRun() throws {
        try VirtualRun.with { run in
            run.system.captureSeconds = 30
            run.system.plays["a"] = [Play(output: String(repeating: "x", count: 5 << 20))]
            let outcome = try run.run([stage("a"), stage("b"), stage("c", after: ["a"])], jobs: 2)
            #expect(outcome.dispositions == ["a ran", "b ran", "c ran"])
            #expect(
                run.system.starts == [
                    .init(stage: "a", time: 0), .init(stage: "b", time: 0), .init(stage: "c", time: 31),
                ])
        }
    }

    @Test func anAttemptThatWritesTooMuchIsTerminatedAtTheNextCheck() throws {
        try VirtualRun.with { run in
            run.system.plays["a"] = [
                Play(seconds: 100, files: ["scratch/t": String(repeating: "x", count: 10_000)])
            ]
            let outcome = try run.run([stage("a", resources: Stage.Resources(disk: 8192))])
            #expect(outcome.dispositions == ["a failed"])
            #expect(
                outcome.message(of: "a")
                    == "it wrote 9.8 KiB of outputs and scratch files (the largest is scratch/t with 9.8 KiB), "
                    + "more than its limit of 8 KiB (resources: disk)")
            #expect(run.system.signals == ["0.5 terminate a"])
        }
    }

    @Test func outputsCountByTheirLengthIncludingHoles() throws {
        try VirtualRun.with { run in
            run.system.plays["a"] = [Play(seconds: 100)]
            run.system.at(0.2) {
                let folder = run.folder.appending("attempts/1/outputs")
                let file = try? File(folder.appending("o.txt"), .writing)
                try? file?.truncate(to: 100 << 30)
            }
            let outcome = try run.run([stage("a", resources: Stage.Resources(disk: 1 << 30))])
            #expect(outcome.dispositions == ["a failed"])
            #expect(outcome.message(of: "a")?.contains("is outputs/o.txt with 100 GiB)") == true)
            #expect(run.system.signals == ["0.5 terminate a"])
        }
    }
}
