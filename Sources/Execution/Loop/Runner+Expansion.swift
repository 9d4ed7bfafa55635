import Dataflow

extension Runner {
    /// Expands a placeholder, now that its list is known, and adds its instances to the run.
    func expand(_ index: Int, by list: OutputReference) {
        guard
            let artifact = selection.index(of: list.stage).flatMap({
                runs[$0].result?.trace?.outputs[list.output]
            })
        else { return end(index, failure: "an input is not what its stage declares", key: nil) }
        let extended: Selection
        do {
            extended = try selection.extended(with: [list: ListItem.items(of: artifact, in: store)])
        } catch {
            return end(index, failure: "the list \(list): \(error)", key: nil)
        }
        if let missing = extended.missing.first {
            return end(
                index, failure: "there is no instance \(missing): \(list) does not contain it", key: nil)
        }
        adopt(extended)
    }

    private func adopt(_ extended: Selection) {
        let known = selection.stages.count
        let earlier = selection.pipeline.leftOut.count
        let replaced = replacePlaceholders(by: extended)
        scheduler.extend(
            to: extended.stages.indices.map { index in
                SchedulerState.Node(
                    dependencies: extended.dependencies[index], resources: extended.stages[index].resources,
                    isRemote: options.isRemote(extended.stages[index]))
            }, order: extended.order,
            durations: extended.stages.map { durations?[$0.id.description] ?? 1 })
        var added: [(name: String, ids: [StageID])] = []
        for stage in extended.stages[known...] {
            if added.last?.name == stage.id.name {
                added[added.count - 1].ids.append(stage.id)
            } else {
                added.append((stage.id.name, [stage.id]))
            }
        }
        for name in Set(replaced.keys).subtracting(added.map(\.name)).sorted() { added.append((name, [])) }
        for (name, ids) in added {
            reporter.report(.expanded(stage: name, into: ids, replaced: replaced[name] ?? 0))
        }
        for stage in extended.pipeline.leftOut.dropFirst(earlier) {
            reporter.report(.notice("\(stage.stage) is left out: \(stage.reason)"))
        }
    }

    /// Makes the extended selection the run's, and counts by name the placeholders that are no longer in it.
    private func replacePlaceholders(by extended: Selection) -> [String: Int] {
        var replaced: [String: Int] = [:]
        let present = Set(extended.order)
        for index in selection.order where !present.contains(index) {
            replaced[runs[index].stage.id.name, default: 0] += 1
            move(index, to: .replaced)
        }
        extend(to: extended)
        return replaced
    }
}
