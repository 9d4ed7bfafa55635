import Dataflow
import Digests
import Files
import StageKit
import Synchronization
import TestSupport
import Testing

@testable import Execution

/// Stages with the same key, in one run or in several, on a virtual machine.
@Suite struct SharedKeyTests {
    @Test(arguments: [1, 2, 8]) func stagesWithTheSameKeyDoTheWorkOnce(jobs: Int) throws {
        try VirtualRun.with { run in
            let stages =
                ["a", "b", "c", "d"].map { stage($0, text: "same") } + [stage("e", after: ["d"])]
            let outcome = try run.run(stages, jobs: jobs)
            // The one that most depends on comes first.
            #expect(run.system.starts.map(\.stage) == ["d", "e"])
            #expect(outcome.dispositions == ["a cached", "b cached", "c cached", "d ran", "e ran"])
            #expect(Set(outcome.summary.results.prefix(4).map { $0.trace?.outputs["o"]?.digest }).count == 1)
        }
    }

    @Test func ifASharedKeyFailsTheOtherStagesTryIt() throws {
        let stages = [stage("a", text: "same"), stage("b", text: "same")]
        try VirtualRun.with { run in
            run.system.plays["a"] = [Play(cause: .status(1))]
            let outcome = try run.run(stages) { $0.keepsGoing = true }
            #expect(outcome.dispositions == ["a failed", "b ran"])
            #expect(
                run.system.starts == [.init(stage: "a", time: 0), .init(stage: "b", time: 1)])
        }
        try VirtualRun.with { run in
            run.system.plays["a"] = [Play(cause: .status(1))]
            let outcome = try run.run(stages)
            #expect(outcome.dispositions == ["a failed", "b canceled"])
        }
        // The others also wait while the first one pauses before a retry.
        try VirtualRun.with { run in
            run.system.plays["a"] = [Play(cause: .status(1)), Play()]
            let outcome = try run.run([stage("a", text: "same", retries: 1), stage("b", text: "same")])
            #expect(outcome.dispositions == ["a ran", "b cached"])
        }
    }

    @Test func aKeyHeldByAnotherRunIsWaitedFor() throws {
        let held = stage("a")
        // The other run finishes.
        try VirtualRun.with { run in
            let key = try key(of: held)
            run.store.holdElsewhere(key)
            let path = run.folder.appending("other")
            try write("theirs", to: path)
            let artifact = try run.store.artifacts.capture(path, shape: .file)
            run.system.at(7) {
                let material = KeyMaterial(.command(KeyMaterial.Command(text: "a")))
                run.store.add(Trace(key: key, material: material, outputs: ["o": artifact]))
            }
            let outcome = try run.run([held, stage("b", after: ["a"])])
            #expect(outcome.dispositions == ["a cached", "b ran"])
            #expect(run.system.starts.count == 1)
            #expect(run.system.starts[0].time >= 7 && run.system.starts[0].time < 7.11)
            let waits = outcome.events.compactMap { event in
                if case .waiting(let stage, let holder) = event { "\(stage) \(holder)" } else { nil }
            }
            #expect(waits == ["a another run"])
        }
        // The other run gives up, and the work is done here. Its processor core was free meanwhile.
        try VirtualRun.with { run in
            let key = try key(of: held)
            run.store.holdElsewhere(key)
            run.system.at(7) { run.store.holdElsewhere(key, false) }
            let outcome = try run.run([held, stage("free")], jobs: 1)
            #expect(outcome.dispositions == ["a ran", "free ran"])
            #expect(run.system.starts.map(\.stage) == ["free", "a"])
            #expect(run.system.starts[1].time >= 7 && run.system.starts[1].time < 7.11)
        }
        // The user does not want to wait.
        try VirtualRun.with { run in
            run.store.holdElsewhere(try key(of: held))
            run.system.interrupts = [3]
            let outcome = try run.run([held])
            #expect(outcome.dispositions == ["a canceled"])
        }
    }
}
