/// How long attempts are collected before they are submitted together.
///
/// The first are submitted soon, so that the cluster has work. As long as more keep coming, each submission waits twice as long as
/// the one before, so that 10,000 instances become a few arrays.
struct CollectingPace {
    /// In seconds.
    private(set) var window = shortest
    private var latest = -Double.infinity

    private static let shortest = 0.15
    private static let longest = 10.0
    /// Attempts that arrive within this many seconds after a submission continue the stream.
    private static let pause = 0.5

    /// The time at which to submit a collection that begins now.
    mutating func due(now: Double) -> Double {
        window = now - latest < Self.pause ? min(Self.longest, window * 2) : Self.shortest
        return now + window
    }

    /// Records that something has been submitted.
    mutating func submitted(now: Double) { latest = now }
}
