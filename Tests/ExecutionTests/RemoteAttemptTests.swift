import Dataflow
import TestSupport
import Testing

@testable import Execution

/// Attempts on other machines, as the run loop sees them.
@Suite struct RemoteAttemptTests {
    private func retries(_ outcome: VirtualRun.Outcome) -> [String] {
        outcome.events.compactMap { event in
            if case .retrying(_, let attempt, _, let message) = event {
                "\(attempt): \(message)"
            } else {
                nil
            }
        }
    }

    @Test func aLostAttemptIsRestartedAndIsNotARetry() throws {
        try VirtualRun.with { run in
            run.system.plays["a"] = [
                Play(cause: .lost("its node failed")), Play(cause: .lost("it was preempted")), Play(),
            ]
            let outcome = try run.run([stage("a")])
            #expect(outcome.dispositions == ["a ran"])
            #expect(
                retries(outcome) == [
                    "1: its node failed, through no fault of its own",
                    "1: it was preempted, through no fault of its own",
                ])
        }
    }

    @Test func anAttemptThatIsLostRepeatedlyFails() throws {
        try VirtualRun.with { run in
            run.system.plays["a"] = [Play(cause: .lost("its node failed"))]
            let outcome = try run.run([stage("a", retries: 0)])
            #expect(outcome.dispositions == ["a failed"])
            #expect(outcome.message(of: "a") == "its node failed; it was started again 8 times")
            #expect(run.system.starts.count == 9)
        }
    }

    @Test func theFirstCtrlCTakesBackWhatWaits() throws {
        try VirtualRun.with { run in
            run.system.plays["a"] = [Play(seconds: 1000, isWaiting: true)]
            run.system.plays["b"] = [Play(seconds: 5)]
            run.system.interrupts = [2]
            let outcome = try run.run([stage("a"), stage("b")])
            #expect(outcome.dispositions == ["a canceled", "b ran"])
            #expect(run.system.now < 10)
        }
    }

    @Test func anAttemptWithMoreResourcesKeepsOthersFromStarting() {
        var scheduler = SchedulerState(
            nodes: (0..<3).map { _ in
                SchedulerState.Node(dependencies: [], resources: Stage.Resources(memory: 4))
            }, capacity: SchedulerState.Capacity(cpus: 8, memory: 8))
        for index in 0..<3 {
            _ = scheduler.nextToResolve()
            scheduler.missed(index)
        }
        #expect(scheduler.next() == .start(0))
        scheduler.resize(0, to: Stage.Resources(memory: 8))
        #expect(scheduler.next() == nil)
        scheduler.finished(0, .done)
        #expect(scheduler.next() == .start(1))
        #expect(scheduler.next() == .start(2))
    }

    @Test func stagesOnOtherMachinesNeedNothingHere() {
        var scheduler = SchedulerState(
            nodes: (0..<4).map { _ in
                SchedulerState.Node(dependencies: [], resources: Stage.Resources(cpus: 9), isRemote: true)
            }, capacity: SchedulerState.Capacity(cpus: 1, remote: 3))
        for index in 0..<4 {
            _ = scheduler.nextToResolve()
            scheduler.missed(index)
        }
        #expect((0..<3).map { _ in scheduler.next() } == [.start(0), .start(1), .start(2)])
        #expect(scheduler.next() == nil)
        scheduler.finished(1, .done)
        #expect(scheduler.next() == .start(3))
    }
}
