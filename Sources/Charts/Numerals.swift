/// Numbers as text, the same in every locale.
public enum Numerals: Sendable {
    /// A number with the given number of decimals, from 0 to 12; halves are rounded away from zero.
    public static func decimal(_ number: Double, digits: Int) -> String {
        precondition((0...12).contains(digits), "0 to 12 digits")
        var unit = 1.0
        for _ in 0..<digits { unit *= 10 }
        let scaled = (abs(number) * unit).rounded()
        guard scaled.isFinite, scaled < 9e15 else { return "\(number)" }
        let whole = Int(scaled) / Int(unit)
        let sign = number < 0 && scaled > 0 ? "−" : ""
        guard digits > 0 else { return sign + String(whole) }
        let fraction = String(Int(scaled) % Int(unit))
        return sign + "\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// A number with at most the given number of decimals, without trailing zeros.
    static func shortest(_ number: Double, digits: Int) -> String {
        var text = decimal(number, digits: digits)
        guard text.contains(".") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// A coordinate, in hundredths, with a hyphen as the minus sign, as SVG requires.
    static func coordinate(_ number: Double) -> String {
        let text = shortest(number, digits: 2)
        return text.hasPrefix("−") ? "-" + text.dropFirst() : text
    }
}
