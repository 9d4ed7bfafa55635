extension CommandSyntax {
    /// The usage line: `sluice run PIPELINE [STAGE…] [options]`.
    public func usage(program: String) -> String {
        var words = [program, name].filter { !$0.isEmpty }
        for operand in operands {
            switch operand.count {
            case .one: words.append(operand.placeholder)
            case .optional: words.append("[\(operand.placeholder)]")
            case .any: words.append("[\(operand.placeholder)…]")
            }
        }
        if options.contains(where: { !$0.isHidden }) { words.append("[options]") }
        return words.joined(separator: " ")
    }

    /// The page for `--help`: usage, description, and operands and options in two columns.
    public func help(program: String, width: Int = 80) -> String {
        var sections = [summary, "Usage: " + usage(program: program)]
        if !operands.isEmpty {
            sections.append(
                HelpColumns.text(operands.map { ("  " + $0.placeholder, $0.help) }, width: width))
        }
        let visible = options.filter { !$0.isHidden }
        if !visible.isEmpty {
            let rows = visible.map { option in
                let names = option.names.joined(separator: ", ")
                return ("  " + names + (option.placeholder.map { " " + $0 } ?? ""), option.help)
            }
            sections.append("Options:\n" + HelpColumns.text(rows, width: width))
        }
        if !discussion.isEmpty { sections.append(discussion) }
        return sections.joined(separator: "\n\n") + "\n"
    }
}

/// Two columns of text, the second wrapped.
public enum HelpColumns: Sendable {
    /// Rows of a name and a sentence, with the sentences aligned and wrapped to `width`.
    public static func text(_ rows: [(name: String, help: String)], width: Int) -> String {
        let indent = min(30, (rows.map(\.name.count).max() ?? 0) + 2)
        return rows.map { row in
            let lines = wrapped(row.help, width: max(20, width - indent))
            let gap = String(repeating: " ", count: max(0, indent - row.name.count))
            let margin = "\n" + String(repeating: " ", count: indent)
            return row.name + (row.name.count + 2 > indent ? margin : gap) + lines.joined(separator: margin)
        }.joined(separator: "\n")
    }

    /// Paragraphs and lists in Markdown, each wrapped to `width`.
    public static func paragraphs(_ text: String, width: Int) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let marker = line.hasPrefix("- ") ? "  " : ""
            return wrapped(String(line), width: width - marker.count).joined(separator: "\n" + marker)
        }
        return lines.joined(separator: "\n")
    }

    /// The words of a text in lines of at most `width` characters; longer words get their own line.
    public static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty && line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return lines + [line]
    }
}
