import Dataflow
import Texts

extension Session {
    /// What stages ask for and this machine lacks.
    func demands(
        of selection: Selection, resources: [String: Int] = [:], executor: Placement.Executor? = nil
    ) -> ResourceDemands {
        var machine = capacity(for: selection.stages, jobs: nil)
        machine.others = selection.pipeline.resources.merging(resources) { _, new in new }
        // The resources of other machines are not known here.
        let here = selection.stages.filter { stage in
            executor == .local || (stage.placement.executor ?? executor ?? .local) == .local
        }
        return ResourceDemands(of: here, on: machine)
    }

    /// What this machine has for these stages.
    func capacity(for stages: [Stage], jobs: Int?) -> SchedulerState.Capacity {
        // Looking for GPUs takes longer than all else.
        stages.contains { $0.resources.gpus > 0 }
            ? PipelineExecution.capacity(jobs: jobs, environment: environment)
            : PipelineExecution.capacity(jobs: jobs, gpus: 0)
    }

    /// Prints what stages of a plan ask for that this machine does not have.
    func noteDemands(
        of selection: Selection, in plan: Plan, resources: [String: Int] = [:],
        executor: Placement.Executor? = nil
    ) {
        let demands = demands(of: selection, resources: resources, executor: executor)
        for warning in demands.warnings { note(warning) }
        for trouble in ResourceTroubles(demands.impossible, in: plan).all { note(trouble) }
    }

    /// The resources of `--resource NAME=COUNT`.
    func resources(_ assignments: [String]) throws -> [String: Int] {
        var resources: [String: Int] = [:]
        for assignment in assignments {
            let parts = assignment.parts(between: "=")
            guard parts.count == 2, !parts[0].isEmpty, let count = Int(parts[1]), count >= 0 else {
                throw CommandFailure.usage(
                    "--resource takes NAME=COUNT, such as licenses=3, not '\(assignment)'")
            }
            guard !["cpus", "memory", "gpus", "disk", "time"].contains(parts[0]) else {
                throw CommandFailure.usage(
                    "--resource is for custom resources, not for '\(parts[0])'")
            }
            resources[parts[0]] = count
        }
        return resources
    }
}

/// The stages of a plan that cannot run on this machine.
struct ResourceTroubles {
    /// Of those that have to run.
    private(set) var certain: [String] = []
    /// Of those that may have to, too.
    private(set) var all: [String] = []

    init(_ impossible: [(stage: StageID, reason: String)], in plan: Plan) {
        for (stage, reason) in impossible {
            let sentence = "\(stage) cannot run here: \(reason)".escapedForDisplay
            switch plan[stage]?.state {
            case .stale?:
                certain.append(sentence)
                all.append(sentence)
            case .pending?, .unexpanded?: all.append(sentence)
            case .upToDate?, .inCache?, .blocked?, nil: break
            }
        }
    }
}
