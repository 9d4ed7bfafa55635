/// Estimates of how wide texts are, without a font: on the safe side.
enum TextExtent {
    /// The width of a text of 12 pixels.
    static func width(_ text: String) -> Double {
        text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x1100 ? 12.5 : narrow.contains($1) ? 4 : 7) }
    }

    private static let narrow: Set<Unicode.Scalar> = [
        "i", "j", "l", "t", "f", "r", "I", ".", ",", ":", " ", "|", "'",
    ]

    /// A text that is cut to a width, with an ellipsis where it is.
    static func fitted(_ text: String, _ limit: Double) -> String {
        guard width(text) > limit else { return text }
        var kept = ""
        for character in text {
            let longer = kept + String(character)
            guard width(longer) + 12 <= limit else { break }
            kept = longer
        }
        return kept + "…"
    }
}
