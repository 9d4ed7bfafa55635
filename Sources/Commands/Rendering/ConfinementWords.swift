import ArtifactStore
import Dataflow
import StageSchemas

extension Trace.Confinement {
    /// A note on a result that was produced this way; nil if there is nothing to say.
    var remark: String? {
        switch self {
        case .confined: nil
        case .partly: "It was produced on a kernel that cannot fully confine stages."
        case .unconfined: "It was produced unconfined: what was read besides its inputs is unknown."
        }
    }
}

/// What a command has read without declaring it.
struct DiscoveredList {
    private struct Item {
        /// What the command did with the path, in a word or two.
        let use: String
        let path: String
        /// What was there, in words.
        let state: String
    }

    private let items: [Item]

    /// The list for a result; nil if nothing was observed, or the record is lost.
    init?(_ trace: Trace, in store: ArtifactStore) throws {
        guard let snapshot = trace.discovered?.snapshot else { return nil }
        var evaluator = SnapshotEvaluator(node: { try store.discoveries.node($0) }, state: { _ in .absent })
        guard let discoveries = try evaluator.discoveries(in: snapshot) else { return nil }
        // What was read comes first, then what was listed and where links lead, then what was only looked for.
        let sorted = discoveries.sorted.sorted { $0.input.aspect > $1.input.aspect }
        items = sorted.map { input, state in
            Item(use: Self.verb(input.aspect), path: "\(input.path)", state: state.words)
        }
    }

    /// A headline and at most `limit` lines.
    func text(limit: Int) -> String {
        guard !items.isEmpty else { return "it read nothing undeclared" }
        let shown = items.prefix(limit).map { item in
            "\n  " + "\(item.use) \(item.path): \(item.state)".escapedForDisplay
        }
        let more = items.count > limit ? "\n  … \(Amounts.grouped(items.count - limit)) more" : ""
        return "undeclared, it used \(Amounts.count(items.count, "path")):" + shown.joined() + more
    }

    /// `[{"use", "path", "state"}]`.
    var document: Value {
        .list(
            items.map { item in
                ["use": .string(item.use), "path": .string(item.path), "state": .string(item.state)]
            })
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
