/// How much longer something takes, for people.
package enum RemainingTime: Sendable {
    /// Seconds as "42 s", "3 min" or "5 h 20 min".
    package static func text(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "long" }
        let whole = Int(seconds.rounded())
        if whole < 100 { return "\(whole) s" }
        let minutes = (whole + 30) / 60
        return minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
    }
}
