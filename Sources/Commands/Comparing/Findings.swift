/// The answer to a question: titled tables and sentences, for a terminal or as Markdown.
struct Findings {
    /// A titled part of the answer.
    struct Section {
        let title: String
        var sentences: [String] = []
        var table: TextTable?
    }

    var sections: [Section] = []

    /// Adds a table, unless it has no rows.
    mutating func add(_ title: String, _ table: TextTable) {
        guard !table.rows.isEmpty else { return }
        sections.append(Section(title: title, table: table))
    }

    /// Adds sentences, unless there are none.
    mutating func add(_ title: String, _ sentences: [String]) {
        guard !sentences.isEmpty else { return }
        sections.append(Section(title: title, sentences: sentences))
    }

    /// For a terminal.
    func text(width: Int, style: TextStyle) -> String {
        sections.map { section in
            var lines = [style.bold(section.title)]
            lines += section.sentences.map { "  " + $0.escapedForDisplay }
            if let table = section.table {
                lines += table.lines(width: max(20, width - 2), style: style).map { "  " + $0 }
            }
            return lines.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    /// For a pull request.
    var markdown: String {
        sections.map { section in
            var lines = ["#### " + section.title.escapedForMarkdown, ""]
            lines += section.sentences.map { $0.escapedForMarkdown + "  " }
            if let table = section.table { lines += table.markdownLines }
            return lines.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }
}

extension TextTable {
    /// The table in GitHub's Markdown.
    var markdownLines: [String] {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        return [
            line(columns.map(\.title.escapedForMarkdown)),
            line(columns.map { $0.alignsRight ? "---:" : "---" }),
        ]
            + rows.map { line($0.map(\.escapedForMarkdown)) }
    }
}

extension String {
    /// The text, escaped so that Markdown shows it literally, on one line.
    var escapedForMarkdown: String {
        var result = ""
        for scalar in escapedForDisplay.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\\", "`", "*", "_", "[", "]", "|", "#", "~":
                result += "\\"
                result.unicodeScalars.append(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
