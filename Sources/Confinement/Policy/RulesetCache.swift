private import Processes

/// The rulesets of earlier attempts, for attempts that may access the same files.
///
/// A ruleset has a rule for every entry next to the folders on the way to the store, which can be thousands. Attempts' folders
/// are reused, so most attempts can use the ruleset of an earlier one.
public struct RulesetCache: Sendable {
    private struct Entry {
        let policy: PreparedPolicy
        let identity: Identity
        /// Kept open with the ruleset, so that no other files can get the numbers of these.
        let own: [OpenRule]
        let ruleset: Ruleset
    }

    /// What a process may access besides what its policy allows.
    private struct Identity: Hashable {
        struct Part: Hashable {
            let place: OpenPlace.Identity
            let access: FileAccess
        }
        let parts: [Part]
    }

    /// Oldest first.
    private var entries: [Entry] = []

    /// Each has a handful of open descriptors.
    private static let maximumEntries = max(1, min(64, DescriptorLimit.raised / 64))

    /// A cache without rulesets.
    public init() {}

    /// The ruleset with a policy's rules and one process's additional rules; nil without Landlock.
    public mutating func ruleset(
        _ policy: PreparedPolicy, adding rules: [ConfinementPolicy.Rule]
    ) throws(ConfinementError) -> Ruleset? {
        let present = Identity(
            parts: rules.compactMap { rule in
                OpenPlace.Identity(of: rule.path).map { Identity.Part(place: $0, access: rule.access) }
            })
        if let known = entries.first(where: { $0.policy === policy && $0.identity == present }) {
            return known.ruleset
        }
        // The paths may lead elsewhere by now.
        let own = rules.compactMap(OpenRule.init)
        let identity = Identity(parts: own.map { Identity.Part(place: $0.place.identity, access: $0.access) })
        guard let ruleset = try policy.ruleset(adding: own) else { return nil }
        if entries.count >= Self.maximumEntries { entries.removeFirst() }
        entries.append(Entry(policy: policy, identity: identity, own: own, ruleset: ruleset))
        return ruleset
    }

    /// Forgets all rulesets.
    public mutating func removeAll() { entries = [] }
}
