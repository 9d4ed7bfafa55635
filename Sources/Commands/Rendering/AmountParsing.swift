/// Parses sizes and durations as people type them.
enum AmountParsing {
    /// The seconds of `90s`, `45m`, `12h`, `30d`, `2w`; nil for anything else.
    static func seconds(_ text: String) -> Double? {
        let units: [String: Double] = ["s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let (number, unit) = split(text), let factor = units[unit] else { return nil }
        return number * factor
    }

    /// The bytes of `500`, `10kB`, `10MB`, `1.5GiB`; nil for anything else.
    static func bytes(_ text: String) -> Int? {
        let units: [String: Double] = [
            "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1024, "mib": 1_048_576,
            "gib": 1_073_741_824, "tib": 1_099_511_627_776,
        ]
        guard let (number, unit) = split(text), let factor = units[unit.lowercased()],
            number * factor < 9e18
        else { return nil }
        return Int(number * factor)
    }

    private static func split(_ text: String) -> (number: Double, unit: String)? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let number = Double(digits), number.isFinite else { return nil }
        return (number, String(text.dropFirst(digits.count).drop { $0 == " " }))
    }
}
