import Dataflow

/// Keys that are claimed before their stages start, so that many short stages need few transactions.
///
/// Claims reach as far ahead as stages have lately been started in a twentieth of a second. Where stages take longer, none
/// is claimed before its turn, and other runs on the same store find work.
struct ClaimsAhead {
    /// How far ahead is claimed, in seconds.
    private static let horizon = 0.05
    /// How many keys at most.
    private static let limit = 64
    /// How long a claimed key waits for its stage, in seconds: should stages take longer than the last ones did.
    private static let patience = 0.25

    private var keys: Set<Key> = []
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
        guard let claimed, now > claimed else { return 0 }
        return min(Self.limit, Int(Double(started) / (now - claimed) * Self.horizon))
    }

    /// Remembers a key that was claimed.
    mutating func add(_ key: Key) { keys.insert(key) }

    /// All keys whose stages have not had their turn; they are forgotten.
    mutating func takeAll() -> [Key] {
        defer { keys = [] }
        return Array(keys)
    }
}
