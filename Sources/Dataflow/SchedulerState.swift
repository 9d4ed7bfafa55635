/// What is to be done next in a run: a pure state machine, told what happened and asked for the next action.
///
/// A stage goes through `waiting` (for others) → `resolvable` (its key can be known) → `ready` (it must run) →
/// `running` → ended. Ready stages start by critical path, the longest first, as far as resources go.
/// All operations together take O((V + E) log V).
public struct SchedulerState: Sendable {
    /// One stage, by its index.
    public struct Node: Sendable {
        /// The indices of the stages that it reads from, without duplicates.
        public let dependencies: [Int]
        /// What it takes while it runs.
        public let resources: Stage.Resources
        /// How long it is expected to take, in seconds.
        public let duration: Double

        /// A node of its parts.
        public init(dependencies: [Int], resources: Stage.Resources = .init(), duration: Double = 1) {
            self.dependencies = dependencies
            self.resources = resources
            self.duration = duration
        }
    }

    /// What there is to share among running stages.
    public struct Capacity: Sendable, Hashable {
        /// How many cores, at least 1.
        public var cpus: Int
        /// How many bytes of memory.
        public var memory: Int
        /// How many accelerators.
        public var gpus: Int

        /// A capacity of its parts.
        public init(cpus: Int, memory: Int = .max, gpus: Int = 0) {
            self.cpus = max(1, cpus)
            self.memory = memory
            self.gpus = gpus
        }
    }

    /// What to do next.
    public enum Action: Sendable, Hashable {
        /// Find the stage's key out, and whether its result is known; answer with `found` or `missed`.
        case resolve(Int)
        /// Start the stage; answer with `finished`.
        case start(Int)
    }

    /// How a stage ended, as far as scheduling goes.
    public enum Ending: Sendable, Hashable { case done, failed, skipped, canceled }

    private enum Phase: Sendable, Equatable {
        case waiting(Int)
        case resolvable
        case ready
        case running
        case ended(Ending)
    }

    private let nodes: [Node]
    private let dependents: [[Int]]
    private var ranks: [Double]
    private let capacity: Capacity
    private let keepsGoing: Bool
    private var phases: [Phase]
    private var resolvable: [Int] = []
    private var nextResolvable = 0
    private var ready: ReadyQueue
    private var free: Capacity
    private var unfinished: Int
    private var runningCount = 0
    private var acceptsWork = true

    /// A run of nodes in topological order: each depends only on earlier ones.
    public init(nodes: [Node], capacity: Capacity, keepsGoing: Bool = false) {
        self.nodes = nodes
        self.capacity = capacity
        self.keepsGoing = keepsGoing
        var dependents = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() {
            for dependency in node.dependencies { dependents[dependency].append(index) }
        }
        self.dependents = dependents
        ranks = Self.ranks(nodes.map(\.duration), dependents)
        phases = nodes.map { .waiting($0.dependencies.count) }
        ready = ReadyQueue()
        free = capacity
        unfinished = nodes.count
        for index in nodes.indices where nodes[index].dependencies.isEmpty { makeResolvable(index) }
    }

    /// Says anew how long each stage is expected to take; what is ready already keeps its rank.
    public mutating func expect(durations: [Double]) { ranks = Self.ranks(durations, dependents) }

    /// The rank of a stage is the time from its start to the end of the run, were all else free.
    private static func ranks(_ durations: [Double], _ dependents: [[Int]]) -> [Double] {
        var ranks = durations
        for index in durations.indices.reversed() {
            ranks[index] += dependents[index].reduce(0) { max($0, ranks[$1]) }
        }
        return ranks
    }

    /// True where every stage has ended.
    public var isFinished: Bool { unfinished == 0 }

    /// How many stages run.
    public var running: Int { runningCount }

    /// How a stage ended; nil where it has not.
    public func ending(of index: Int) -> Ending? {
        guard case .ended(let ending) = phases[index] else { return nil }
        return ending
    }

    /// The next stage whose key can be found out, or nil where there is none before something else happens.
    public mutating func nextToResolve() -> Int? {
        while nextResolvable < resolvable.count {
            let index = resolvable[nextResolvable]
            nextResolvable += 1
            if phases[index] == .resolvable { return index }
        }
        return nil
    }

    /// The next action, or nil where none is possible before something else ends.
    public mutating func next() -> Action? {
        if let index = nextToResolve() { return .resolve(index) }
        guard acceptsWork, let index = ready.first(where: { fits($0) }) else { return nil }
        ready.remove(index)
        take(index)
        phases[index] = .running
        runningCount += 1
        return .start(index)
    }

    /// Some of the stages that will be started next, as far as is known now; at most so many.
    public func upcoming(_ count: Int) -> [Int] { acceptsWork ? ready.upcoming(count) : [] }

    /// The result of a resolved stage is known: those that read it can be resolved.
    public mutating func found(_ index: Int) { end(index, .done) }

    /// The resolved stage must run.
    public mutating func missed(_ index: Int) {
        guard acceptsWork else { return end(index, .canceled) }
        phases[index] = .ready
        ready.insert(index, rank: ranks[index])
    }

    /// A running stage could not start after all, because another process is at it: its resources are free, and it is
    /// offered again after `missed` or `found`.
    public mutating func deferred(_ index: Int) {
        give(index)
        runningCount -= 1
        phases[index] = .resolvable
    }

    /// A running stage, or one that failed to resolve, has ended.
    public mutating func finished(_ index: Int, _ ending: Ending) {
        if phases[index] == .running {
            give(index)
            runningCount -= 1
        }
        end(index, ending)
        if ending == .failed && !keepsGoing { stop() }
    }

    /// Nothing new starts; what runs may finish, all else is canceled.
    public mutating func stop() {
        guard acceptsWork else { return }
        acceptsWork = false
        for index in phases.indices {
            switch phases[index] {
            case .waiting, .ready, .resolvable: end(index, .canceled)
            case .running, .ended: break
            }
        }
        ready = ReadyQueue()
    }

    private mutating func makeResolvable(_ index: Int) {
        phases[index] = .resolvable
        resolvable.append(index)
    }

    private mutating func end(_ index: Int, _ ending: Ending) {
        if case .ended = phases[index] { return }
        phases[index] = .ended(ending)
        unfinished -= 1
        var stack = [index]
        while let ended = stack.popLast() {
            guard case .ended(let ending) = phases[ended] else { continue }
            for dependent in dependents[ended] {
                guard case .waiting(let count) = phases[dependent] else { continue }
                if ending != .done {
                    phases[dependent] = .ended(ending == .canceled ? .canceled : .skipped)
                    unfinished -= 1
                    stack.append(dependent)
                } else if count == 1 {
                    if acceptsWork {
                        makeResolvable(dependent)
                    } else {
                        phases[dependent] = .ended(.canceled)
                    }
                    if !acceptsWork {
                        unfinished -= 1
                        stack.append(dependent)
                    }
                } else {
                    phases[dependent] = .waiting(count - 1)
                }
            }
        }
    }

    /// What a stage takes: no more than there is in all, so that every stage can run.
    private func demand(_ index: Int) -> Capacity {
        let wanted = nodes[index].resources
        return Capacity(
            cpus: min(max(1, wanted.cpus), capacity.cpus), memory: min(wanted.memory ?? 0, capacity.memory),
            gpus: min(wanted.gpus, capacity.gpus))
    }

    private func fits(_ index: Int) -> Bool {
        let demand = demand(index)
        return demand.cpus <= free.cpus && demand.memory <= free.memory && demand.gpus <= free.gpus
    }

    private mutating func take(_ index: Int) {
        let demand = demand(index)
        free.cpus -= demand.cpus
        free.memory -= demand.memory
        free.gpus -= demand.gpus
    }

    private mutating func give(_ index: Int) {
        let demand = demand(index)
        free.cpus += demand.cpus
        free.memory += demand.memory
        free.gpus += demand.gpus
    }
}
