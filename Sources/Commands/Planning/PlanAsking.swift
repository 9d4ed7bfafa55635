import ArtifactStore
import Clocks
import Dataflow
import Remotes

/// Makes plans that include the results in shared caches, as far as these answer in time.
///
/// Caches are asked in waves: the inputs of a stage are known once the results of the stages before it are.
struct PlanAsking {
    let planner: Planner
    /// The caches; nil to ask none.
    let source: SharedCaches?
    /// How long to wait for their answers, in seconds.
    let seconds: Double
    /// Shows a message to the user.
    let note: (String) -> Void

    func plan(_ selection: Selection) throws -> Plan {
        guard let source else { return try planner.plan(selection) }
        let deadline = MonotonicClock.seconds() + seconds
        var found: [Key: SharedCaches.Sighting] = [:]
        var asked: Set<Key> = []
        var isInTime = true
        while true {
            var wanted: [(key: Key, stage: Stage)] = []
            let plan = try planner.plan(selection) { key, stage in
                if let known = found[key] { return (known.trace, known.address) }
                if isInTime, asked.insert(key).inserted { wanted.append((key, stage)) }
                return nil
            }
            guard !wanted.isEmpty else { return plan }
            let answers = Answers<SharedCaches.Sighting?>.to(
                wanted, within: deadline - MonotonicClock.seconds()
            ) { source.look(for: $0.key, of: $0.stage, $1) }
            isInTime = answers.allSatisfy { $0 != nil }
            if !isInTime {
                note(
                    "the shared caches have not answered for all stages within \(Int(seconds)) seconds; --offline skips "
                        + "them")
            }
            var isNew = false
            for (question, answer) in zip(wanted, answers) {
                guard let finding = answer ?? nil else { continue }
                found[question.key] = finding
                isNew = true
            }
            guard isNew else { return plan }
        }
    }

    /// A plan for the stages that the command line names, and these; nil if it names none and all are planned.
    ///
    /// Instances that are known only after a list can be named, too, if the list is in the store.
    func plan(_ pipeline: Pipeline, _ choice: StageChoice) throws -> (plan: Plan, chosen: Set<StageID>?) {
        guard !choice.isEmpty else { return (try plan(Selection(of: pipeline)), nil) }
        let known =
            pipeline.expansion == nil ? pipeline : try planner.plan(Selection(of: pipeline)).pipeline
        let chosen = try known.stages(choice)
        return (try plan(Selection(of: pipeline, chosen: chosen)), chosen)
    }
}

extension Session {
    /// A planner that asks the shared caches of a pipeline.
    func askingPlanner(
        _ store: ArtifactStore, of pipeline: Pipeline, isOffline: Bool, isUnconfined: Bool = false
    ) throws -> PlanAsking {
        PlanAsking(
            planner: planner(store, of: pipeline, isUnconfined: isUnconfined),
            source: isOffline
                ? nil
                : try source(of: pipeline, store, fileView(of: store, pipeline, isUnconfined: isUnconfined)),
            seconds: try remotePatience(), note: note)
    }
}
