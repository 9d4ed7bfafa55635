import Columns

/// The text that a model reads for some packed comparisons, wrapped, with its turns and sides marked.
struct PackedPreview {
    /// The columns that identify a packed table.
    static let columns = ["id", "label", "turns", "total_turns", "response_a", "response_b", "text"]

    /// The number of lines shown of a prompt or a response; of longer ones, the first and last lines are shown.
    private static let sectionLines = 8
    /// The number of bytes of a text that are considered.
    private static let largestText = 1 << 16
    private static let headings = ["#Prompt", "#Response", "##Model A", "##Model B", "#Model A", "#Model B"]

    let pieces: [Table]
    let hasMore: Bool

    /// Whether a table has the columns of a packed table.
    static func fits(_ schema: Schema) -> Bool { columns.allSatisfy(schema.names.contains) }

    func text(_ bounds: Preview.Bounds, style: TextStyle) -> String {
        var result = ""
        var shown = 0
        var hidden = hasMore
        for piece in pieces {
            guard case .string(let texts)? = piece["text"] else { continue }
            for row in 0..<piece.rowCount {
                guard shown < bounds.conversations else {
                    hidden = true
                    break
                }
                if shown > 0 { result += "\n" }
                result += Self.head(piece, row, bounds, style)
                let isCut = texts.byteCount(at: row) > Self.largestText
                let text = String(
                    decoding: (texts.utf8(at: row) ?? []).prefix(Self.largestText), as: UTF8.self)
                result += Self.body(text + (isCut ? "…" : ""), bounds, style)
                shown += 1
            }
        }
        if hidden { result += style.dim("… more rows; -n shows more, `sluice cache cat` all") + "\n" }
        return result
    }

    /// One line about a row: its id, label and how it was processed.
    private static func head(
        _ table: Table, _ row: Int, _ bounds: Preview.Bounds, _ style: TextStyle
    ) -> String {
        func cell(_ name: String) -> String { table[name].map { TablePreview.cell($0, row) } ?? "null" }
        var facts: [String] = []
        let label = cell("label")
        facts.append(label == "null" ? "no label" : label == "tie" ? "a tie" : "\(label.uppercased()) won")
        let models = ["model_a", "model_b"].map(cell)
        if models != ["null", "null"] { facts.append(models.joined(separator: " and ")) }
        let (turns, total) = (cell("turns"), cell("total_turns"))
        facts.append(turns == total ? "turns: \(turns)" : "turns: \(turns) of \(total)")
        if let parts = table["parts"].map({ TablePreview.cell($0, row) }), parts != "1" {
            facts.append("row \((Int(cell("part")) ?? 0) + 1) of \(parts)")
        }
        for (name, fact) in [
            ("swapped", "swapped"), ("overflow", "single turn too long"), ("truncated", "cut"),
        ]
        where cell(name) == "true" {
            facts.append(fact)
        }
        if case .list(let tokens)? = table["tokens"] {
            facts.append("\(tokens.range(at: row)?.count ?? 0) tokens")
        }
        let line = cell("id") + "  " + facts.joined(separator: ", ")
        return style.bold(line.escapedForDisplay.truncated(toWidth: bounds.width)) + "\n"
    }

    /// A row's text, with each section under its heading.
    private static func body(_ text: String, _ bounds: Preview.Bounds, _ style: TextStyle) -> String {
        var result = ""
        var section: [String] = []
        func flush() {
            let lines = section.joined(separator: "\n").wrapped(toWidth: max(8, bounds.width - 4))
            let kept = lines.count <= sectionLines ? lines : Array(lines.prefix(sectionLines - 2))
            for line in kept { result += line.isEmpty ? "\n" : "    \(line)\n" }
            if lines.count > sectionLines {
                result += style.dim("    … \(lines.count - sectionLines + 1) more lines") + "\n"
                result += "    \(lines[lines.count - 1])\n"
            }
            section = []
        }
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            guard headings.contains(String(line)) else {
                section.append(String(line))
                continue
            }
            if section.last?.isEmpty == true { section.removeLast() }
            if !section.isEmpty { flush() }
            result += "  " + style.blue(String(line)) + "\n"
        }
        if !section.isEmpty { flush() }
        return result
    }
}
