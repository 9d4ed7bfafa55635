import Dataflow

/// Claims keys before their stages start, so that many short stages need few transactions.
///
/// Claims as many keys ahead as stages were recently started in a twentieth of a second. If stages take longer, or
/// another run of the store does the same work, nothing is claimed ahead, so each run finds work.
struct ClaimsAhead {
    /// How far ahead keys are claimed, in seconds.
    private static let horizon = 0.05
    /// The maximum number of keys: other runs ask for each of them again and again.
    private static let limit = 64
    /// How long a claimed key waits for its stage, in seconds, in case stages take longer than the previous ones.
    private static let patience = 0.25

    /// How long nothing is claimed ahead after another run was encountered, in seconds.
    private static let reserve = 1.0

    private var keys: Set<Key> = []
    private var met = -Double.infinity
    private var claimed: Double?
    private var started = 0

    /// When the remaining ones will be released; nil if there are none.
    var expiry: Double? { keys.isEmpty ? nil : claimed.map { $0 + Self.patience } }

    /// Hands a claimed key over to its stage; returns false if the key was not claimed.
    mutating func take(_ key: Key) -> Bool {
        guard keys.remove(key) != nil else { return false }
        started += 1
        return true
    }

    /// The number of keys to claim together with the next one.
    mutating func reach(now: Double) -> Int {
        defer {
            claimed = now
            started = 1
        }
        guard let claimed, now > claimed, now > met + Self.reserve else { return 0 }
        return min(Self.limit, Int(Double(started) / (now - claimed) * Self.horizon))
    }

    /// Records that another run has a key or has computed its result.
    mutating func meet(now: Double) { met = now }

    /// Remembers a key that was claimed.
    mutating func add(_ key: Key) { keys.insert(key) }

    /// Removes and returns all keys whose stages have not started.
    mutating func takeAll() -> [Key] {
        defer { keys = [] }
        return Array(keys)
    }
}
