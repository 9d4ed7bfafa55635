internal import Tensors

/// Targets that use the same head.
struct TargetGroup {
    /// The logits that a target depends on.
    enum Head: Hashable {
        case vocabulary
        case tokens([Int])
        case classes
    }

    let head: Head
    /// Indices of the targets.
    var targets: [Int] = []
    /// The targets for the head's output.
    var softTargets: [SoftTarget] = []

    /// The groups, in the order of their first targets.
    static func groups(of targets: [Target]) -> [TargetGroup] {
        var groups: [TargetGroup] = []
        var places: [Head: Int] = [:]
        for (index, target) in targets.enumerated() {
            let head: Head
            let soft: SoftTarget
            switch target.kind {
            case .token(let token, let smoothing):
                head = .vocabulary
                soft = SoftTarget(
                    classes: [token], probabilities: [1 - smoothing], smoothing: smoothing,
                    weight: target.weight)
            case .distribution(let tokens, let probabilities, let temperature):
                head = .vocabulary
                soft = SoftTarget(
                    classes: tokens, probabilities: probabilities, temperature: temperature,
                    weight: target.weight)
            case .options(let tokens, let probabilities, let temperature):
                head = .tokens(tokens)
                soft = SoftTarget(
                    classes: Array(tokens.indices), probabilities: probabilities, temperature: temperature,
                    weight: target.weight)
            case .classes(let probabilities, let temperature):
                head = .classes
                soft = SoftTarget(
                    classes: Array(probabilities.indices), probabilities: probabilities,
                    temperature: temperature, weight: target.weight)
            }
            let place = places[head] ?? groups.count
            if place == groups.count {
                groups.append(TargetGroup(head: head))
                places[head] = place
            }
            groups[place].targets.append(index)
            groups[place].softTargets.append(soft)
        }
        return groups
    }
}
