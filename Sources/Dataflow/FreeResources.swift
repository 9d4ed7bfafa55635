extension SchedulerState {
    /// The resources that running stages share.
    public struct Capacity: Sendable, Hashable {
        /// The number of cores, at least 1.
        public var cpus: Int
        /// The memory in bytes.
        public var memory: Int
        /// The number of accelerators.
        public var gpus: Int
        /// The number of each named resource.
        public var others: [String: Int]
        /// The number of stages that may be on other machines at once.
        package var remote: Int

        package init(
            cpus: Int, memory: Int = .max, gpus: Int = 0, others: [String: Int] = [:], remote: Int = 10_000
        ) {
            self.cpus = max(1, cpus)
            self.remote = remote
            self.memory = memory
            self.gpus = gpus
            self.others = others
        }
    }
}

/// The resources of a machine that no stage occupies.
struct FreeResources: Sendable {
    /// What a stage occupies while it runs.
    struct Demand: Sendable {
        var cpus = 0
        var memory = 0
        var gpus = 0
        var others: [String: Int] = [:]
        /// 1 if it is on another machine.
        var remote = 0
    }

    /// All that the machine has.
    private let capacity: SchedulerState.Capacity
    private var free: SchedulerState.Capacity

    init(of capacity: SchedulerState.Capacity) {
        self.capacity = capacity
        free = capacity
    }

    /// What a stage occupies: at most the whole capacity, so that every stage can run.
    func demand(of node: SchedulerState.Node) -> Demand {
        guard !node.isRemote else { return Demand(remote: 1) }
        let wanted = node.resources
        var others: [String: Int] = [:]
        for (name, count) in wanted.others { others[name] = min(count, capacity.others[name] ?? 0) }
        return Demand(
            cpus: min(max(1, wanted.cpus), capacity.cpus), memory: min(wanted.memory ?? 0, capacity.memory),
            gpus: min(wanted.gpus, capacity.gpus), others: others)
    }

    /// True if a stage can start now.
    func fits(_ demand: Demand) -> Bool {
        demand.cpus <= free.cpus && demand.memory <= free.memory && demand.gpus <= free.gpus
            && demand.remote <= free.remote
            && (demand.others.isEmpty
                || demand.others.allSatisfy { $0.value <= free.others[$0.key] ?? 0 })
    }

    /// Lets a stage occupy its resources, even if that is more than is free.
    mutating func occupy(_ demand: Demand) {
        free.cpus -= demand.cpus
        free.memory -= demand.memory
        free.gpus -= demand.gpus
        free.remote -= demand.remote
        for (name, count) in demand.others { free.others[name, default: 0] -= count }
    }

    /// Frees the resources of a stage that occupied them.
    mutating func release(_ demand: Demand) {
        free.cpus += demand.cpus
        free.memory += demand.memory
        free.gpus += demand.gpus
        free.remote += demand.remote
        for (name, count) in demand.others { free.others[name, default: 0] += count }
    }
}
