import ArtifactStore
import Dataflow

extension Trace.Confinement {
    /// What there is to say of a result that was made so; nil if that is nothing.
    var remark: String? {
        switch self {
        case .confined: nil
        case .partly: "It was made on a kernel that cannot confine fully."
        case .unconfined: "It was made unconfined: what was read besides its inputs is not known."
        }
    }
}

/// What a command has read without declaring it, for people.
struct DiscoveredList {
    private let lines: [String]

    /// The list of a result; nil if nothing was observed, or what was is lost.
    init?(_ trace: Trace, in store: ArtifactStore) throws {
        guard let snapshot = trace.discovered?.snapshot else { return nil }
        var evaluator = SnapshotEvaluator(node: { try store.discoveryNode($0) }, state: { _ in .absent })
        guard let discoveries = try evaluator.discoveries(in: snapshot) else { return nil }
        // What was read comes first, then what was listed and where links lead, then what was only looked for.
        let sorted = discoveries.sorted.sorted { $0.input.aspect > $1.input.aspect }
        lines = sorted.map { input, state in "\(Self.verb(input.aspect)) \(input.path): \(state.words)" }
    }

    /// A headline and at most so many lines.
    func text(limit: Int) -> String {
        guard !lines.isEmpty else { return "it read nothing that it does not declare" }
        let shown = lines.prefix(limit).map { "\n  " + $0.escapedForDisplay }.joined()
        let more = lines.count > limit ? "\n  … \(Amounts.grouped(lines.count - limit)) more" : ""
        return "undeclared, it used \(Amounts.count(lines.count, "path")):" + shown + more
    }

    private static func verb(_ aspect: DiscoveredInput.Aspect) -> String {
        switch aspect {
        case .existence: "looked for"
        case .link: "found"
        case .modules: "listed for modules"
        case .names: "listed"
        case .content: "read"
        case .program: "ran"
        }
    }
}
