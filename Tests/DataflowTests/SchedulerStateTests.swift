import Dataflow
import Testing

struct SchedulerStateTests {
    /// A small generator, so that every graph can be drawn again.
    private struct Draws {
        var state: UInt64
        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    private func graph(_ draws: inout Draws, count: Int) -> [SchedulerState.Node] {
        (0..<count).map { index in
            let dependencies = (0..<min(index, 3)).map { _ in draws.below(index) }
            return SchedulerState.Node(
                dependencies: Array(Set(dependencies)).sorted(),
                resources: Stage.Resources(cpus: 1 + draws.below(4), memory: draws.below(100)),
                duration: Double(draws.below(10)))
        }
    }

    @Test(arguments: 0..<60)
    func everyStageEndsOnceAfterWhatItReadsAndResourcesSuffice(_ seed: Int) {
        var draws = Draws(state: UInt64(seed))
        let nodes = graph(&draws, count: 1 + draws.below(120))
        let capacity = SchedulerState.Capacity(cpus: 3, memory: 120)
        let keepsGoing = seed % 2 == 0
        var scheduler = SchedulerState(nodes: nodes, capacity: capacity, keepsGoing: keepsGoing)
        var running: [Int] = []
        var started = Set<Int>()
        var hasFailed = false
        for _ in 0..<10_000 where !scheduler.isFinished {
            switch scheduler.next() {
            case .resolve(let index):
                for dependency in nodes[index].dependencies {
                    #expect(scheduler.ending(of: dependency) == .done)
                }
                if draws.below(3) == 0 { scheduler.found(index) } else { scheduler.missed(index) }
            case .start(let index):
                #expect(started.insert(index).inserted)
                #expect(keepsGoing || !hasFailed)
                running.append(index)
                // A demand beyond the machine's is cut to the machine's.
                #expect(running.reduce(0) { $0 + min(nodes[$1].resources.cpus, 3) } <= 3)
                #expect(running.reduce(0) { $0 + (nodes[$1].resources.memory ?? 0) } <= 120)
            case nil:
                guard !running.isEmpty else {
                    Issue.record("nothing runs, and nothing can start")
                    return
                }
                let index = running.remove(at: draws.below(running.count))
                let fails = draws.below(12) == 0
                if fails { hasFailed = true }
                scheduler.finished(index, fails ? .failed : .done)
            }
        }
        #expect(scheduler.isFinished)
        for (index, node) in nodes.enumerated() {
            let endings = node.dependencies.map { scheduler.ending(of: $0) }
            switch scheduler.ending(of: index) {
            case .done?: #expect(endings.allSatisfy { $0 == .done })
            case .skipped?: #expect(endings.contains { $0 == .failed || $0 == .skipped })
            case .failed?: #expect(started.contains(index))
            case .canceled?: #expect(hasFailed && !keepsGoing)
            case nil: Issue.record("stage \(index) did not end")
            }
        }
    }

    @Test func longestPathStartsFirst() {
        // 0 alone takes 5; 1 is followed by 2, together 6.
        let nodes = [
            SchedulerState.Node(dependencies: [], duration: 5),
            SchedulerState.Node(dependencies: [], duration: 1),
            SchedulerState.Node(dependencies: [1], duration: 5),
        ]
        let scheduler = SchedulerState(nodes: nodes, capacity: .init(cpus: 1))
        #expect(startOrder(scheduler) == [1, 0, 2])
        // Known later, before anything is ready.
        var corrected = scheduler
        corrected.expect(durations: [7, 1, 5])
        #expect(startOrder(corrected) == [0, 1, 2])
        var same = SchedulerState(
            nodes: nodes.map { SchedulerState.Node(dependencies: $0.dependencies) },
            capacity: .init(cpus: 1))
        same.expect(durations: nodes.map(\.duration))
        #expect(startOrder(same) == [1, 0, 2])
    }

    /// The order in which stages start that all have to run.
    private func startOrder(_ scheduler: SchedulerState) -> [Int] {
        var scheduler = scheduler
        var order: [Int] = []
        while let action = scheduler.next() {
            switch action {
            case .resolve(let index): scheduler.missed(index)
            case .start(let index):
                order.append(index)
                scheduler.finished(index, .done)
            }
        }
        return order
    }

    @Test func stoppingLetsRunningStagesFinishAndCancelsTheRest() {
        let nodes = (0..<4).map { SchedulerState.Node(dependencies: $0 == 3 ? [0] : []) }
        var scheduler = SchedulerState(nodes: nodes, capacity: .init(cpus: 1))
        for index in 0..<3 {
            #expect(scheduler.next() == .resolve(index))
            scheduler.missed(index)
        }
        #expect(scheduler.next() == .start(0))
        scheduler.stop()
        #expect(scheduler.next() == nil)
        #expect(!scheduler.isFinished)
        scheduler.finished(0, .done)
        #expect(scheduler.isFinished)
        #expect((0..<4).map { scheduler.ending(of: $0) } == [.done, .canceled, .canceled, .canceled])
    }

    /// `#expect` cannot call what changes a value.
    private func check(_ isTrue: Bool, at place: Testing.SourceLocation = #_sourceLocation) {
        #expect(isTrue, sourceLocation: place)
    }

    private func started(_ scheduler: inout SchedulerState) -> [Int] {
        var started: [Int] = []
        while let action = scheduler.next() {
            switch action {
            case .resolve(let index): scheduler.missed(index)
            case .start(let index): started.append(index)
            }
        }
        return started
    }

    @Test func resourcesOfAnEndedProcessAreFreeBeforeItsResultIsKnown() {
        let nodes = (0..<3).map { _ in SchedulerState.Node(dependencies: []) }
        var scheduler = SchedulerState(nodes: nodes, capacity: .init(cpus: 1))
        check(started(&scheduler) == [0])
        check(scheduler.vacate(0))
        check(!scheduler.vacate(0))
        check(started(&scheduler) == [1])
        #expect(scheduler.ending(of: 0) == nil && scheduler.running == 1)
        scheduler.finished(0, .done)
        // They are not freed twice.
        check(started(&scheduler) == [])
        check(scheduler.vacate(1))
        // It has to run once more.
        scheduler.resize(1, to: nodes[1].resources)
        check(started(&scheduler) == [])
        #expect(scheduler.running == 1)
        scheduler.finished(1, .done)
        check(started(&scheduler) == [2])
        // Nothing is waiting for its resources.
        check(!scheduler.vacate(2))
        scheduler.finished(2, .failed)
        #expect(scheduler.isFinished)
    }

    @Test func aStageThatOthersWaitForKeepsItsPlaceForThem() {
        // 1 is the rest of the longest chain, and 2 has time.
        let nodes = [
            SchedulerState.Node(dependencies: [], duration: 1),
            SchedulerState.Node(dependencies: [0], duration: 100),
            SchedulerState.Node(dependencies: [], duration: 10),
        ]
        var scheduler = SchedulerState(nodes: nodes, capacity: .init(cpus: 1))
        check(started(&scheduler) == [0])
        check(!scheduler.vacate(0))
        scheduler.finished(0, .done)
        check(started(&scheduler) == [1])
    }
}
