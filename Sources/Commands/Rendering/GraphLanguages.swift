import Texts

/// Texts in Graphviz's language.
enum Graphviz {
    /// A name, or a label with a line for each text. A backslash is escaped, too: `\N`, say, would be the node's name.
    static func quoted(_ lines: String...) -> String { quoted(lines) }

    static func quoted(_ lines: [String]) -> String {
        let escaped = lines.map {
            $0.escapedForDisplay.replacing(each: "\\", by: #"\\"#).replacing(each: "\"", by: #"\""#)
        }
        return "\"" + escaped.joined(separator: #"\n"#) + "\""
    }
}

/// Texts in Mermaid's language.
enum Mermaid {
    /// A label with a line for each text.
    static func quoted(_ lines: String...) -> String { quoted(lines) }

    static func quoted(_ lines: [String]) -> String {
        "\"" + lines.map { HTML.escaped($0.escapedForDisplay) }.joined(separator: "<br/>") + "\""
    }
}
