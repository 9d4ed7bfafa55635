public import Digests
public import StageSchemas

/// A named reason why a stage's work has to be done.
public enum Staleness: Sendable, Hashable {
    /// No earlier result of this stage is known.
    case neverRan
    /// The stage's kind is another.
    case kindChanged(from: String, to: String)
    /// A parameter has another value; nil where it was or is absent.
    case parametersChanged(name: String, from: Value?, to: Value?)
    /// An input's content is another; nil where it was or is absent.
    case inputChanged(name: String, from: Digest?, to: Digest?)
    /// The sources of the kind, or a declared code file of a command, changed.
    case codeChanged
    /// The command's text or its declared outputs changed.
    case commandChanged(from: String, to: String)
    /// A declared environment variable has another value; nil where it was or is unset.
    case environmentChanged(name: String, from: String?, to: String?)
    /// The user asked for it.
    case forced
    /// The store no longer has an output whole.
    case outputMissing(name: String)
}

extension Staleness {
    /// The reasons that lead from an earlier result to new material; `neverRan` where there is no earlier one.
    ///
    /// Empty only where the materials are equal.
    public static func reasons(from earlier: KeyMaterial?, to now: KeyMaterial) -> [Staleness] {
        guard let earlier else { return [.neverRan] }
        var reasons: [Staleness] = []
        if earlier.kind != now.kind {
            return [.kindChanged(from: earlier.kind, to: now.kind)]
        }
        if earlier.fingerprint != now.fingerprint || earlier.code != now.code { reasons.append(.codeChanged) }
        for name in Set(earlier.parameters.keys).union(now.parameters.keys).sorted()
        where earlier.parameters[name] != now.parameters[name] {
            reasons.append(
                .parametersChanged(name: name, from: earlier.parameters[name], to: now.parameters[name]))
        }
        for name in Set(earlier.inputs.keys).union(now.inputs.keys).sorted()
        where earlier.inputs[name] != now.inputs[name] {
            reasons.append(
                .inputChanged(
                    name: name, from: earlier.inputs[name]?.contentDigest,
                    to: now.inputs[name]?.contentDigest))
        }
        if earlier.command != now.command || earlier.outputs != now.outputs {
            reasons.append(.commandChanged(from: earlier.commandSummary, to: now.commandSummary))
        }
        for name in Set(earlier.environment.keys).union(now.environment.keys).sorted() {
            let from = earlier.environment[name] ?? nil
            let to = now.environment[name] ?? nil
            if from != to { reasons.append(.environmentChanged(name: name, from: from, to: to)) }
        }
        return reasons
    }
}

extension Array where Element == KeyMaterial.Element {
    /// The one element's digest, or the digest of all of them.
    var contentDigest: Digest {
        if count == 1, let first { return first.digest }
        return SHA256.digest(of: flatMap(\.digest.bytes))
    }
}

extension KeyMaterial {
    fileprivate var commandSummary: String {
        let declared = outputs.sortedByUTF8().map { " → \($0.key): \($0.value)" }.joined()
        return (command ?? "") + declared
    }
}
