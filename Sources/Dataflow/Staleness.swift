public import Digests
public import StageSchemas

/// A reason why a stage has to run.
public enum Staleness: Sendable, Hashable {
    /// No earlier result of this stage is known.
    case neverRan
    /// The stage's kind changed.
    case kindChanged(from: String, to: String)
    /// A parameter changed; nil stands for an absent value.
    case parametersChanged(name: String, from: Value?, to: Value?)
    /// An input's content changed; nil stands for an absent input.
    case inputChanged(name: String, from: Digest?, to: Digest?)
    /// The sources of the kind, or a declared code file of a command, changed.
    case codeChanged
    /// The command's text or its declared outputs changed.
    case commandChanged(from: String, to: String)
    /// A declared environment variable changed; nil stands for an unset variable.
    case environmentChanged(name: String, from: String?, to: String?)
    /// Something that the command read without declaring it has changed; both states in words.
    case discoveredInputChanged(name: String, from: String, to: String)
    /// Its latest result is from an unconfined run, so what it read is not known.
    case notObserved
    /// The user forced it.
    case forced
    /// It runs in every run.
    case always
    /// An input file became executable, or no longer is; its content is the same.
    case executabilityChanged(name: String, isExecutable: Bool)
    /// The store no longer has a complete copy of an output.
    case outputMissing(name: String)
}

extension Staleness {
    /// The reasons why new material differs from an earlier result's; `neverRan` if there is no earlier result.
    ///
    /// Empty only if the materials are equal.
    public static func reasons(from earlier: KeyMaterial?, to now: KeyMaterial) -> [Staleness] {
        guard let earlier else { return [.neverRan] }
        switch (earlier.work, now.work) {
        case (.kind(let before, let oldCode, let old), .kind(let name, let newCode, let new))
        where before == name:
            return (oldCode != newCode ? [.codeChanged] : [])
                + differences(old, new) { .parametersChanged(name: $0, from: $1, to: $2) }
                + inputReasons(from: earlier, to: now)
        case (.command(let old), .command(let new)):
            let isSame = old.text == new.text && old.outputs == new.outputs
            return (old.code != new.code ? [.codeChanged] : [])
                + (old.interpreter != new.interpreter
                    ? [.parametersChanged(name: "shell", from: old.shell, to: new.shell)] : [])
                + (old.exempt != new.exempt
                    ? [
                        .parametersChanged(
                            name: "allow", from: .list(old.exempt.map { .string($0) }),
                            to: .list(new.exempt.map { .string($0) }))
                    ] : [])
                + inputReasons(from: earlier, to: now)
                + (isSame ? [] : [.commandChanged(from: old.summary, to: new.summary)])
                + differences(old.environment, new.environment) {
                    .environmentChanged(name: $0, from: $1 ?? nil, to: $2 ?? nil)
                }
        case (let old, let new): return [.kindChanged(from: old.kindName, to: new.kindName)]
        }
    }

    private static func inputReasons(from earlier: KeyMaterial, to now: KeyMaterial) -> [Staleness] {
        differences(earlier.inputs, now.inputs) { name, from, to in
            if let from, let to, from.count == to.count, from.map(\.digest) == to.map(\.digest),
                from.map(\.isExecutable) != to.map(\.isExecutable)
            {
                return .executabilityChanged(name: name, isExecutable: to.contains(where: \.isExecutable))
            }
            return .inputChanged(name: name, from: from?.contentDigest, to: to?.contentDigest)
        }
    }

    /// A reason for each name whose value changed, appeared or disappeared.
    private static func differences<Element: Equatable>(
        _ old: [String: Element], _ new: [String: Element],
        _ reason: (_ name: String, _ from: Element?, _ to: Element?) -> Staleness
    ) -> [Staleness] {
        Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted().map {
            reason($0, old[$0], new[$0])
        }
    }
}

extension Array where Element == KeyMaterial.Element {
    /// The digest of the single element, or of all elements together.
    var contentDigest: Digest {
        if count == 1, let first { return first.digest }
        return SHA256.digest(of: flatMap(\.digest.bytes))
    }
}

extension KeyMaterial.Command {
    /// The interpreter, for display.
    fileprivate var shell: Value {
        .string(interpreter.isEmpty ? "sh -c" : interpreter.joined(separator: " "))
    }

    /// The text and the declared outputs, for display.
    fileprivate var summary: String {
        text + outputs.sortedByUTF8().map { " → \($0.key): \($0.value)" }.joined()
    }
}
