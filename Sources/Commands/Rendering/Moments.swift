import Texts

/// Formats moments of the calendar.
enum Moments {
    /// `2026-11-26T21:05:09.123Z`.
    static func iso8601(_ seconds: Double) -> String {
        let text = utc(seconds)
        guard text != "?" else { return "1970-01-01T00:00:00.000Z" }
        let thousandths = String(min(999, Int((seconds - seconds.rounded(.down)) * 1000)))
        let padding = String(repeating: "0", count: 3 - thousandths.utf8.count)
        return text.replacing(each: " ", by: "T") + "." + padding + thousandths + "Z"
    }

    /// `2026-11-26 21:05:09`, in UTC.
    static func utc(_ seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 1e11 else { return "?" }
        let whole = Int(seconds.rounded(.down))
        let (days, rest) = (whole.floored(by: 86_400), whole - whole.floored(by: 86_400) * 86_400)
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days.
        let shifted = days + 719_468
        let era = shifted.floored(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month < 10 ? month + 3 : month - 9))-\(two(day)) "
            + "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
    }
}

extension Int {
    fileprivate func floored(by divisor: Int) -> Int {
        self >= 0 ? self / divisor : (self - divisor + 1) / divisor
    }
}
