/// Compares what stages ask for with what a machine has.
public struct ResourceDemands: Sendable {
    /// Stages that run with less than they ask for: a sentence for each name and resource.
    public let warnings: [String]
    /// Stages that cannot run, and why.
    public let impossible: [(stage: StageID, reason: String)]

    /// - Parameter machine: what the machine has, regardless of how much of it a run uses.
    public init(of stages: [Stage], on machine: SchedulerState.Capacity) {
        var warnings: [String] = []
        var impossible: [(stage: StageID, reason: String)] = []
        var seen: Set<String> = []
        for stage in stages {
            let wanted = stage.resources
            let name = stage.id.name
            if wanted.cpus > machine.cpus, seen.insert("cpus \(name)").inserted {
                warnings.append(
                    "\(name) asks for \(wanted.cpus) cpus, but there are \(machine.cpus): it runs with all of them"
                )
            }
            if let memory = wanted.memory, memory > machine.memory, seen.insert("memory \(name)").inserted {
                warnings.append(
                    "\(name) asks for \(Self.bytes(memory)) of memory, but there are \(Self.bytes(machine.memory)): it runs "
                        + "alone, and the system may end it")
            }
            if wanted.gpus > machine.gpus {
                let there = machine.gpus == 0 ? "there is none" : "there are \(machine.gpus)"
                impossible.append(
                    (
                        stage.id,
                        "it asks for \(wanted.gpus) gpus, but \(there) (see CUDA_VISIBLE_DEVICES)"
                    ))
            }
            guard !wanted.others.isEmpty else { continue }
            for (other, count) in wanted.others.sorted(by: { $0.key < $1.key })
            where count > machine.others[other] ?? 0 {
                let there =
                    machine.others[other].map { "there are \($0)" } ?? "its available amount is not set"
                impossible.append(
                    (
                        stage.id,
                        "it asks for \(count) of the resource '\(other)', but \(there) (--resource \(other)=\(count), or "
                            + "resources: { \(other): \(count) } at the top of the file)"
                    ))
            }
        }
        self.warnings = warnings
        self.impossible = impossible
    }

    private static func bytes(_ count: Int) -> String {
        let gibibytes = Double(count) / 1_073_741_824
        return gibibytes >= 1
            ? "\((gibibytes * 10).rounded() / 10) GiB" : "\((Double(count) / 1_048_576).rounded()) MiB"
    }
}
