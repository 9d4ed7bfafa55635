import Dataflow

/// Keys that are claimed before their stages start, so that many short stages need few transactions.
///
/// Claims reach as far ahead as stages have lately been started in a twentieth of a second. Where stages take longer, or
/// another run on the store is at the same work, none is claimed before its turn, and each run finds some to do.
struct ClaimsAhead {
    /// How far ahead is claimed, in seconds.
    private static let horizon = 0.05
    /// How many keys at most: other runs ask for each of them again and again.
    private static let limit = 16
    /// How long a claimed key waits for its stage, in seconds: should stages take longer than the last ones did.
    private static let patience = 0.25

    /// How long nothing is claimed ahead after another run was met, in seconds.
    private static let reserve = 1.0

    private var keys: Set<Key> = []
    private var met = -Double.infinity
    private var claimed: Double?
    private var started = 0

    /// When those that are left are to be given up; nil where there are none.
    var expiry: Double? { keys.isEmpty ? nil : claimed.map { $0 + Self.patience } }

    /// True where a key has been claimed; it is its stage's now.
    mutating func take(_ key: Key) -> Bool {
        guard keys.remove(key) != nil else { return false }
        started += 1
        return true
    }

    /// How many keys to claim beside the next one.
    mutating func reach(now: Double) -> Int {
        defer {
            claimed = now
            started = 1
        }
        guard let claimed, now > claimed, now > met + Self.reserve else { return 0 }
        return min(Self.limit, Int(Double(started) / (now - claimed) * Self.horizon))
    }

    /// Another run has a key, or has made what it is for.
    mutating func meet(now: Double) { met = now }

    /// Remembers a key that was claimed.
    mutating func add(_ key: Key) { keys.insert(key) }

    /// All keys whose stages have not had their turn; they are forgotten.
    mutating func takeAll() -> [Key] {
        defer { keys = [] }
        return Array(keys)
    }
}
