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
    /// All that the machine has.
    private let capacity: SchedulerState.Capacity
    private var free: SchedulerState.Capacity

    init(of capacity: SchedulerState.Capacity) {
        self.capacity = capacity
        free = capacity
    }

    /// The resources that a stage occupies: at most the whole capacity, so that every stage can run.
    private func demand(_ node: SchedulerState.Node) -> SchedulerState.Capacity {
        let wanted = node.resources
        if node.isRemote {
            var demand = SchedulerState.Capacity(cpus: 1, memory: 0, remote: 1)
            demand.cpus = 0
            return demand
        }
        return SchedulerState.Capacity(
            cpus: min(max(1, wanted.cpus), capacity.cpus), memory: min(wanted.memory ?? 0, capacity.memory),
            gpus: min(wanted.gpus, capacity.gpus),
            others: wanted.others.isEmpty
                ? [:]
                : Dictionary(
                    uniqueKeysWithValues: wanted.others.map {
                        ($0.key, min($0.value, capacity.others[$0.key] ?? 0))
                    }),
            remote: 0)
    }

    /// True if a stage can start now.
    func fits(_ node: SchedulerState.Node) -> Bool {
        let demand = demand(node)
        return demand.cpus <= free.cpus && demand.memory <= free.memory && demand.gpus <= free.gpus
            && demand.others.allSatisfy { $0.value <= free.others[$0.key] ?? 0 }
            && demand.remote <= free.remote
    }

    /// Lets a stage occupy its resources, even if that is more than is free.
    mutating func occupy(_ node: SchedulerState.Node) {
        let demand = demand(node)
        free.cpus -= demand.cpus
        free.memory -= demand.memory
        free.gpus -= demand.gpus
        for (name, count) in demand.others { free.others[name, default: 0] -= count }
        free.remote -= demand.remote
    }

    /// Frees the resources of a stage that occupied them.
    mutating func release(_ node: SchedulerState.Node) {
        let demand = demand(node)
        free.cpus += demand.cpus
        free.memory += demand.memory
        free.gpus += demand.gpus
        for (name, count) in demand.others { free.others[name, default: 0] += count }
        free.remote += demand.remote
    }
}
