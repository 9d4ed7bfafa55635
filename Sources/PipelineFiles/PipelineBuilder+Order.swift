import Dataflow
import StageSchemas
import YAML

extension PipelineBuilder {
    /// The instances' indices in topological order, otherwise in the file's order; nil, with a diagnostic, if there is
    /// a cycle. Linear (Kahn, 1962).
    mutating func topologicalOrder(_ instances: [Instance]) -> [Int]? {
        var indices: [StageID: Int] = [:]
        indices.reserveCapacity(instances.count)
        for index in instances.indices { indices[instances[index].id] = index }
        var dependents = [[Int]](repeating: [], count: instances.count)
        var missing = [Int](repeating: 0, count: instances.count)
        for index in instances.indices {
            instances[index].forEachReference { reference in
                guard let upstream = indices[reference.stage] else { return }
                dependents[upstream].append(index)
                missing[index] += 1
            }
        }
        var order = instances.indices.filter { missing[$0] == 0 }
        var next = 0
        while next < order.count {
            for dependent in dependents[order[next]] {
                missing[dependent] -= 1
                if missing[dependent] == 0 { order.append(dependent) }
            }
            next += 1
        }
        if order.count == instances.count { return order }
        reportCycle(instances, indices, missing)
        return nil
    }

    private mutating func reportCycle(_ instances: [Instance], _ indices: [StageID: Int], _ missing: [Int]) {
        // Every remaining instance has a remaining upstream, so walking upstream must reach a cycle.
        guard var current = instances.indices.first(where: { missing[$0] > 0 }) else { return }
        var path: [Int] = []
        var positions: [Int: Int] = [:]
        while positions[current] == nil {
            positions[current] = path.count
            path.append(current)
            var upstream: [Int] = []
            instances[current].forEachReference { reference in
                if let index = indices[reference.stage] { upstream.append(index) }
            }
            guard let up = upstream.first(where: { missing[$0] > 0 }) else { return }
            current = up
        }
        let start = positions[current] ?? 0
        // Walked upstream, reported downstream: each stage feeds the next.
        let circle = (Array(path[start...]) + [current]).reversed().map { instances[$0].id.description }
        let first = path[start...].min() ?? current
        diagnostics.add(
            "the stages form a cycle: " + circle.joined(separator: " → "),
            at: instances[first].declaration.mark)
    }

    /// Decides which instances are left out, and drops inputs that are absent.
    ///
    /// - Returns: the ids of those left out.
    mutating func settle(
        _ instances: [Instance], _ order: [Int], unused: Set<String>, _ published: Set<StageID>
    ) -> Set<StageID> {
        var leftOut: Set<StageID> = []
        for index in order {
            let instance = instances[index]
            instance.reason = reasonToLeaveOut(instance, leftOut)
            if instance.reason != nil { leftOut.insert(instance.id) }
        }
        guard !unused.isEmpty else { return leftOut }
        // Stages named only by an `otherwise:` that is not used are not needed.
        var needed = published
        for index in order.reversed() where instances[index].reason == nil {
            let id = instances[index].id
            if unused.contains(id.name) && !needed.contains(id) {
                instances[index].reason = "only an otherwise: that is not used refers to it"
                leftOut.insert(id)
                continue
            }
            instances[index].forEachReference { needed.insert($0.stage) }
        }
        return leftOut
    }

    private mutating func reasonToLeaveOut(_ instance: Instance, _ leftOut: Set<StageID>) -> String? {
        if let list = instance.lists.first(where: { leftOut.contains($0.stage) }) {
            return "its list comes from '\(list.stage)', which is left out"
        }
        let when = instance.declaration.when
        if let when, instance.awaitedList == nil || !when.mentionsElements {
            switch instance.scope.value(of: when, &diagnostics) {
            case .boolean(true), .string: break
            case .boolean(false): return "when: is false"
            case .null: return "when: is null"
            default:
                diagnostics.add("when: expected true or false, or a path that may be null", at: when.mark)
            }
        }
        // As a rule, all inputs are there.
        guard !leftOut.isEmpty || instance.inputs.contains(where: \.source.isNothing) else { return nil }
        var kept: [(name: String, mark: Mark, source: ResolvedInput)] = []
        for input in instance.inputs {
            let port = instance.declaration.port(input.name)
            let canBeAbsent = port?.arity == .optional || port?.arity == .any
            switch input.source {
            case .external, .member, .elsewhere: kept.append(input)
            case .absent:
                if !canBeAbsent { return "its input '\(input.name)' is null" }
            case .one(let reference):
                if !leftOut.contains(reference.stage) {
                    kept.append(input)
                } else if !canBeAbsent {
                    return "its input '\(input.name)' comes from '\(reference.stage)', which is left out"
                }
            case .many(let references):
                let present = references.filter { !leftOut.contains($0.stage) }
                // An empty list leaves nothing to gather, which a command can deal with.
                if !present.isEmpty || references.isEmpty && port == nil {
                    kept.append((input.name, input.mark, .many(present)))
                } else if !canBeAbsent {
                    if references.isEmpty {
                        return "its input '\(input.name)' gathers the instances of an empty list"
                    }
                    return "everything that its input '\(input.name)' gathers is left out"
                }
            }
        }
        instance.inputs = kept
        return nil
    }
}

extension PipelineBuilder.Instance {
    /// The outputs that it reads, and the lists that it goes through.
    func forEachReference(_ body: (OutputReference) -> Void) {
        for input in inputs {
            switch input.source {
            case .one(let reference), .member(let reference, _, _): body(reference)
            case .many(let references): references.forEach(body)
            case .external, .elsewhere, .absent: break
            }
        }
        lists.forEach(body)
    }
}

extension StageDeclaration {
    /// The port of a kind's input.
    func port(_ name: String) -> InputPort? {
        guard case .kind(let schema) = work else { return nil }
        return schema.inputs.first { $0.name == name }
    }
}

extension ResolvedInput {
    /// True for a null path, and for the instances of an empty list.
    fileprivate var isNothing: Bool {
        switch self {
        case .absent: true
        case .many(let references): references.isEmpty
        case .one, .member, .external, .elsewhere: false
        }
    }
}
