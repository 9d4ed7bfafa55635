/// Formats sizes, durations and moments.
enum Amounts {
    /// `999 B`, `1.5 kB`, `12 MB`: powers of 1000, two or three digits.
    static func bytes(_ count: Int) -> String {
        guard count >= 1000 else { return "\(count) B" }
        var value = Double(count)
        for unit in ["kB", "MB", "GB", "TB", "PB"] {
            value /= 1000
            if value < 999.5 { return (value < 9.95 ? fixed(value, 1) : fixed(value, 0)) + " " + unit }
        }
        return fixed(value / 1000, 1) + " EB"
    }

    /// `0.03 s`, `4.2 s`, `1 min 5 s`, `2 h 3 min`.
    static func seconds(_ seconds: Double) -> String {
        if seconds < 0.995 { return fixed(max(0, seconds), 2) + " s" }
        if seconds < 59.95 { return fixed(seconds, 1) + " s" }
        let whole = Int(min(seconds, 1e15).rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        if whole < 86_400 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
        return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
    }

    /// `just now`, `5 min ago`, `3 d ago`.
    static func ago(_ moment: Double, now: Double) -> String {
        let seconds = now - moment
        if seconds < 60 { return "just now" }
        if seconds < 3600 { return "\(Int(seconds / 60)) min ago" }
        if seconds < 86_400 { return "\(Int(seconds / 3600)) h ago" }
        return "\(Int(min(seconds / 86_400, 1e9))) d ago"
    }

    /// `1 stage`, `3 stages`, `1 entry`, `2 entries`.
    static func count(_ count: Int, _ noun: String, plural: String? = nil) -> String {
        "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
    }

    /// An integer with thousands separators: `57,477`.
    static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return (number < 0 ? "-" : "") + result
    }

    /// A number with a number of decimals, rounded half away from zero.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int((abs(value) * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(scaled) }
        let digits = String(scaled)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    /// A number with about four significant digits.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        if value == value.rounded(), abs(value) < 1e15 { return grouped(Int(value)) }
        let magnitude = abs(value)
        if magnitude >= 1000 { return fixed(value, 1) }
        if magnitude >= 1e-3 { return fixed(value, magnitude >= 10 ? 2 : 4) }
        return "\(value)"
    }
}
