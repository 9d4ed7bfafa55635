/// A policy whose paths have been opened, so that rulesets for many processes can be made from it quickly.
public final class PreparedPolicy: Sendable {
    /// What is allowed.
    public let policy: ConfinementPolicy
    /// What the kernel can do.
    public let support: ConfinementSupport

    /// How many paths are kept open; others are opened each time.
    private static let mostOpenPlaces = 200

    private let places: [Place]
    private let rest: [ConfinementPolicy.Rule]

    /// A rule and its open place; a class because arrays cannot hold what has one owner.
    private final class Place: Sendable {
        let place: OpenPlace
        let access: FileAccess

        init?(_ rule: ConfinementPolicy.Rule) {
            guard let place = OpenPlace(rule.path) else { return nil }
            self.place = place
            access = rule.access
        }
    }

    /// Opens the policy's paths; what is missing is left out.
    public init(_ policy: ConfinementPolicy, support: ConfinementSupport) {
        self.policy = policy
        self.support = support
        let kept = support.landlockVersion > 0 ? Self.mostOpenPlaces : 0
        places = policy.rules.prefix(kept).compactMap(Place.init)
        rest = Array(policy.rules.dropFirst(kept))
    }

    /// A ruleset of the policy's rules and of those that one process has besides; nil without Landlock.
    public func ruleset(adding own: [ConfinementPolicy.Rule] = []) throws(ConfinementError) -> Ruleset? {
        guard support.landlockVersion > 0 else { return nil }
        let ruleset = try Ruleset(
            version: support.landlockVersion, allowsNetwork: policy.allowsNetwork)
        for place in places { try ruleset.allow(place.access, at: place.place) }
        for rule in rest + own {
            if let place = OpenPlace(rule.path) { try ruleset.allow(rule.access, at: place) }
        }
        return ruleset
    }
}
