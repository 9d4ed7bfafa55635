import Dataflow
import Testing

/// What stages ask for that there is not.
struct ResourceDemandsTests {
    private func stage(_ name: String, _ resources: Stage.Resources) -> Stage {
        Stage(
            id: StageID(name), work: .command(Stage.Command(segments: [])), outputs: [], resources: resources)
    }

    private let machine = SchedulerState.Capacity(cpus: 4, memory: 8 << 30, gpus: 1, others: ["licenses": 2])

    @Test func sufficientResourcesAreNotMentioned() {
        let demands = ResourceDemands(
            of: [stage("a", .init(cpus: 4, memory: 8 << 30, gpus: 1, others: ["licenses": 2]))], on: machine)
        #expect(demands.warnings.isEmpty && demands.impossible.isEmpty)
    }

    @Test func moreCoresAndMemoryIsAWarning() {
        let demands = ResourceDemands(
            of: [stage("a", .init(cpus: 8, memory: 64 << 30)), stage("a", .init(cpus: 8))], on: machine)
        #expect(demands.warnings.count == 2)
        #expect(demands.warnings[0].contains("8 cpus, but there are 4"))
        #expect(demands.warnings[1].contains("64.0 GiB of memory, but there are 8.0 GiB"))
        #expect(demands.impossible.isEmpty)
    }

    @Test func moreOfAnythingElseIsImpossible() {
        let demands = ResourceDemands(
            of: [
                stage("a", .init(gpus: 2)), stage("b", .init(others: ["licenses": 3])),
                stage("c", .init(others: ["tapes": 1])),
            ], on: machine)
        #expect(demands.impossible.map(\.stage.name) == ["a", "b", "c"])
        #expect(demands.impossible[0].reason.contains("2 gpus, but there are 1"))
        #expect(demands.impossible[1].reason.contains("'licenses', but there are 2"))
        #expect(demands.impossible[2].reason.contains("its available amount is not set"))
    }

    /// As many as there are run at once.
    @Test func resourcesAreShared() {
        let nodes = (0..<5).map { _ in
            SchedulerState.Node(dependencies: [], resources: .init(others: ["licenses": 1]))
        }
        var state = SchedulerState(nodes: nodes, capacity: .init(cpus: 8, others: ["licenses": 2]))
        var running: [Int] = []
        var most = 0
        while !state.isFinished {
            while let action = state.next() {
                switch action {
                case .resolve(let index): state.missed(index)
                case .start(let index): running.append(index)
                }
            }
            most = max(most, running.count)
            state.finished(running.removeFirst(), .done)
        }
        #expect(most == 2)
    }
}
