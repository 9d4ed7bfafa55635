/// Decides what to do next in a run: a pure state machine that takes events and returns the next action.
///
/// A stage passes through `waiting` (for others) → `resolvable` (its key can be computed) → `ready` (it must run) →
/// `running` → ended. Ready stages start by critical path, longest first, as far as resources allow.
/// All operations of a run together take O((V + E) log V).
public struct SchedulerState: Sendable {
    /// A stage, identified by its index.
    public struct Node: Sendable {
        /// The indices of the stages that it reads from, without duplicates.
        public let dependencies: [Int]
        /// The resources that it occupies while it runs.
        public let resources: Stage.Resources
        /// True if it runs on other machines, so that it occupies nothing of this one.
        public let isRemote: Bool
        /// Its expected duration in seconds.
        public let duration: Double

        package init(
            dependencies: [Int], resources: Stage.Resources = .init(), isRemote: Bool = false,
            duration: Double = 1
        ) {
            self.dependencies = dependencies
            self.resources = resources
            self.isRemote = isRemote
            self.duration = duration
        }
    }

    /// What to do next.
    public enum Action: Sendable, Hashable {
        /// Compute the stage's key and look its result up; answer with `found` or `missed`.
        case resolve(Int)
        /// Start the stage; answer with `finished`.
        case start(Int)
    }

    /// How a stage ended, as far as scheduling is concerned.
    public enum Ending: Sendable, Hashable { case done, failed, skipped, canceled }

    private enum Phase: Sendable, Equatable {
        case waiting(Int)
        case resolvable
        case ready
        case running
        /// It occupies nothing any more, but how it ended is not known yet.
        case settling
        case ended(Ending)
    }

    private var nodes: [Node]
    /// What each node occupies while it runs.
    private var demands: [FreeResources.Demand]
    private var dependents: [[Int]]
    /// The nodes, each after those that it depends on.
    private var order: [Int]
    private var ranks: [Double]
    private let keepsGoing: Bool
    private var phases: [Phase]
    private var resolvable: [Int] = []
    private var nextResolvable = 0
    private var ready: ReadyQueue
    private var free: FreeResources
    private var unfinished: Int
    private var runningCount = 0
    private var acceptsWork = true

    /// Makes the state of a run of nodes in topological order: each depends only on earlier ones.
    public init(nodes: [Node], capacity: Capacity, keepsGoing: Bool = false) {
        self.nodes = nodes
        self.keepsGoing = keepsGoing
        var dependents = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() {
            for dependency in node.dependencies { dependents[dependency].append(index) }
        }
        self.dependents = dependents
        order = Array(nodes.indices)
        ranks = Self.ranks(nodes.map(\.duration), dependents, order)
        phases = nodes.map { .waiting($0.dependencies.count) }
        ready = ReadyQueue()
        let free = FreeResources(of: capacity)
        self.free = free
        demands = nodes.map { free.demand(of: $0) }
        unfinished = nodes.count
        for index in nodes.indices where nodes[index].dependencies.isEmpty { makeResolvable(index) }
    }

    /// Sets the expected duration of each stage; stages that are ready already keep their rank.
    public mutating func expect(durations: [Double]) { ranks = Self.ranks(durations, dependents, order) }

    /// Replaces the graph by one with more stages. Stages keep their indices; their dependencies may change while they are still
    /// waiting.
    ///
    /// - Parameters:
    ///   - order: the indices of the stages, each after those that it depends on. A stage that is not among them is done.
    ///   - durations: the expected duration of each stage.
    public mutating func extend(to nodes: [Node], order: [Int], durations: [Double]) {
        let known = self.nodes.count
        var nodes = nodes
        // Running stages keep the resources that they were given.
        for index in 0..<known where phases[index] == .running { nodes[index] = self.nodes[index] }
        self.nodes = nodes
        demands = nodes.map { free.demand(of: $0) }
        self.order = order
        dependents = [[Int]](repeating: [], count: nodes.count)
        for index in order {
            for dependency in nodes[index].dependencies { dependents[dependency].append(index) }
        }
        ranks = Self.ranks(durations, dependents, order)
        phases += [Phase](repeating: .waiting(0), count: nodes.count - known)
        unfinished += nodes.count - known
        var isPresent = [Bool](repeating: false, count: nodes.count)
        for index in order { isPresent[index] = true }
        for index in nodes.indices where !isPresent[index] {
            if case .ended = phases[index] { continue }
            phases[index] = .ended(.done)
            unfinished -= 1
        }
        for index in order {
            guard case .waiting = phases[index] else { continue }
            settleWaiting(index)
        }
    }

    /// Frees the resources of a running stage whose process has ended, before it is known how the stage ends.
    ///
    /// Does nothing if its end may let a stage start, which may have precedence over those that are ready.
    ///
    /// - Returns: true if other stages may use the resources now.
    public mutating func vacate(_ index: Int) -> Bool {
        guard phases[index] == .running, acceptsWork, !ready.isEmpty else { return false }
        let isAwaited = dependents[index].contains { phases[$0] == .waiting(1) }
        guard !isAwaited else { return false }
        free.release(demands[index])
        runningCount -= 1
        phases[index] = .settling
        return true
    }

    /// Records that a stage continues with these resources, even if they exceed what is free; then nothing else starts.
    public mutating func resize(_ index: Int, to resources: Stage.Resources) {
        switch phases[index] {
        case .running: free.release(demands[index])
        case .settling:
            phases[index] = .running
            runningCount += 1
        case .waiting, .resolvable, .ready, .ended: return
        }
        let node = nodes[index]
        nodes[index] = Node(
            dependencies: node.dependencies, resources: resources, isRemote: node.isRemote,
            duration: node.duration)
        demands[index] = free.demand(of: nodes[index])
        free.occupy(demands[index])
    }

    /// Determines what a waiting stage is waiting for.
    private mutating func settleWaiting(_ index: Int) {
        var missing = 0
        var failed: Ending?
        for dependency in nodes[index].dependencies {
            guard case .ended(let ending) = phases[dependency] else {
                missing += 1
                continue
            }
            if ending != .done { failed = failed ?? (ending == .canceled ? .canceled : .skipped) }
        }
        phases[index] = .waiting(missing)
        if let failed {
            end(index, failed)
        } else if missing == 0 {
            if acceptsWork { makeResolvable(index) } else { end(index, .canceled) }
        }
    }

    /// The rank of a stage is the time from its start to the end of the run if resources were unlimited.
    private static func ranks(
        _ durations: [Double], _ dependents: [[Int]], _ order: [Int]
    ) -> [Double] {
        var ranks = durations
        for index in order.reversed() {
            ranks[index] += dependents[index].reduce(0) { max($0, ranks[$1]) }
        }
        return ranks
    }

    /// True if every stage has ended.
    public var isFinished: Bool { unfinished == 0 }

    /// The number of running stages.
    public var running: Int { runningCount }

    /// How a stage ended; nil if it has not ended.
    public func ending(of index: Int) -> Ending? {
        guard case .ended(let ending) = phases[index] else { return nil }
        return ending
    }

    /// The next stage whose key can be computed, or nil if there is none until something else happens.
    public mutating func nextToResolve() -> Int? {
        while nextResolvable < resolvable.count {
            let index = resolvable[nextResolvable]
            nextResolvable += 1
            if phases[index] == .resolvable { return index }
        }
        return nil
    }

    /// The next action, or nil if none is possible until something else ends.
    public mutating func next() -> Action? {
        if let index = nextToResolve() { return .resolve(index) }
        guard acceptsWork, let index = ready.first(where: { free.fits(demands[$0]) }) else { return nil }
        ready.remove(index)
        free.occupy(demands[index])
        phases[index] = .running
        runningCount += 1
        return .start(index)
    }

    /// Some of the stages that will start next, as far as is known, at most `count`.
    public func upcoming(_ count: Int) -> [Int] { acceptsWork ? ready.upcoming(count) : [] }

    /// Records that the result of a resolved stage is known, so that the stages that read it can be resolved.
    public mutating func found(_ index: Int) { end(index, .done) }

    /// Records that the resolved stage must run.
    public mutating func missed(_ index: Int) {
        guard acceptsWork else { return end(index, .canceled) }
        phases[index] = .ready
        ready.insert(index, rank: ranks[index])
    }

    /// Records that a stage could not start because another process is computing it: its resources are free, and it is
    /// considered again after `missed` or `found`.
    public mutating func deferred(_ index: Int) {
        free.release(demands[index])
        runningCount -= 1
        phases[index] = .resolvable
    }

    /// Records that a running stage, or one that failed to resolve, has ended.
    public mutating func finished(_ index: Int, _ ending: Ending) {
        if phases[index] == .running {
            free.release(demands[index])
            runningCount -= 1
        }
        end(index, ending)
        if ending == .failed && !keepsGoing { stop() }
    }

    /// Starts nothing new: running stages may finish, all others are canceled.
    public mutating func stop() {
        guard acceptsWork else { return }
        acceptsWork = false
        for index in phases.indices {
            switch phases[index] {
            case .waiting, .ready, .resolvable: end(index, .canceled)
            case .running, .settling, .ended: break
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
}
