private import Processes

/// A policy whose paths have been opened, so that rulesets for many processes can be created from it quickly.
public final class PreparedPolicy: Sendable {
    /// The policy.
    public let policy: ConfinementPolicy
    /// What the kernel supports.
    public let support: ConfinementSupport

    /// How many paths are kept open. Others are opened for each process, which costs several times as much as adding the rule.
    ///
    /// A run has a few policies at most.
    private static let maximumOpenPlaces = DescriptorLimit.raised / 8

    private let places: [OpenRule]
    private let rest: [ConfinementPolicy.Rule]

    /// Opens the policy's paths; missing ones are left out.
    public init(_ policy: ConfinementPolicy, support: ConfinementSupport) {
        self.policy = policy
        self.support = support
        let kept = support.landlockVersion > 0 ? Self.maximumOpenPlaces : 0
        places = policy.rules.prefix(kept).compactMap(OpenRule.init)
        rest = Array(policy.rules.dropFirst(kept))
    }

    /// A ruleset with the policy's rules and one process's additional rules; nil without Landlock.
    public func ruleset(adding own: [ConfinementPolicy.Rule] = []) throws(ConfinementError) -> Ruleset? {
        try ruleset(adding: own.compactMap(OpenRule.init))
    }

    /// A ruleset with the policy's rules and others whose places are open; nil without Landlock.
    func ruleset(adding own: [OpenRule]) throws(ConfinementError) -> Ruleset? {
        guard support.landlockVersion > 0 else { return nil }
        let ruleset = try Ruleset(
            version: support.landlockVersion, allowsNetwork: policy.allowsNetwork)
        for rule in places + own { try ruleset.allow(rule.access, at: rule.place) }
        for rule in rest {
            if let place = OpenPlace(rule.path) { try ruleset.allow(rule.access, at: place) }
        }
        return ruleset
    }
}

/// A rule whose place is open; a class, because arrays cannot hold noncopyable values.
final class OpenRule: Sendable {
    let place: OpenPlace
    let access: FileAccess

    /// Nil if the place is missing.
    init?(_ rule: ConfinementPolicy.Rule) {
        guard let place = OpenPlace(rule.path) else { return nil }
        self.place = place
        access = rule.access
    }
}
