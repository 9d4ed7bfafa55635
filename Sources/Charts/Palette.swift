/// Colors and line styles for light and dark themes.
///
/// Series differ in color and in dash pattern, so charts can be read without color. All colors have a contrast of at
/// least 4.5 to 1 with the background.
enum Palette {
    /// The number of distinct series styles, after which they repeat.
    static let count = 8

    /// The colors of the series on a white background.
    static let light = [
        "#0b62a4", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#0e7490", "#be185d", "#4b5563",
    ]
    /// The colors of the series on a dark background, #111827.
    static let dark = [
        "#60a5fa", "#fb923c", "#4ade80", "#c084fc", "#facc15", "#22d3ee", "#f472b6", "#9ca3af",
    ]
    private static let dashes = ["", "7 3", "2 2", "8 3 2 3", "12 3", "4 4", "1 3", "10 3 2 3 2 3"]

    /// The CSS class of a series.
    static func series(_ index: Int) -> String { "s\(index % count)" }

    /// The style sheet.
    static let style: String = {
        var text =
            "text{font:12px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1f2937}"
            + ".title{font-size:15px;font-weight:600}.small{font-size:11px}.paper{fill:#fff}"
            + ".grid{stroke:#e5e7eb}.axis,.whisker{stroke:#6b7280}.whisker{stroke-width:1.5}"
            + ".reference{stroke:#6b7280;stroke-dasharray:5 4;fill:none}.line{fill:none;stroke-width:2}"
        for index in 0..<count {
            text += ".s\(index){stroke:\(light[index])}.s\(index).fill{fill:\(light[index]);stroke:none}"
            if !dashes[index].isEmpty { text += ".s\(index).line{stroke-dasharray:\(dashes[index])}" }
        }
        text +=
            "@media (prefers-color-scheme:dark){text{fill:#e5e7eb}.paper{fill:#111827}.grid{stroke:#374151}"
            + ".axis,.whisker,.reference{stroke:#9ca3af}"
        for index in 0..<count {
            text += ".s\(index){stroke:\(dark[index])}.s\(index).fill{fill:\(dark[index]);stroke:none}"
        }
        return text + "}"
    }()
}
