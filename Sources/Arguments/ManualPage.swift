internal import Texts

/// A page of the manual, in the macros of man(7).
public struct ManualPage: Sendable {
    /// The page's source, for `man -l` or a folder `man1`.
    public private(set) var source: String

    /// A page with a heading, and with its name and summary for `apropos`. It has no date, so that it is reproducible.
    public init(_ name: String, summary: String, version: String) {
        let page = name.replacing(each: " ", by: "-")
        source = ".TH \"\(Self.escaped(page.uppercased()))\" \"1\" \"\" \"\(Self.escaped(version))\"\n"
        section("Name")
        var sentence = summary
        if sentence.hasSuffix(".") { sentence.removeLast() }
        line("\(page) - \(sentence)")
    }

    /// Begins a section.
    public mutating func section(_ title: String) {
        source += ".SH \"\(Self.escaped(title.uppercased()))\"\n"
    }

    /// Adds a paragraph.
    public mutating func paragraph(_ text: String) {
        source += ".PP\n"
        line(text)
    }

    /// Adds an entry: a term, and below it its explanation.
    public mutating func entry(_ term: String, _ explanation: String) {
        source += ".TP\n\\fB\(Self.escaped(term))\\fR\n"
        line(explanation)
    }

    /// Adds text as one line of the source.
    private mutating func line(_ text: String) {
        let text = Self.escaped(text)
        // A line with one of these characters at its beginning is a request.
        source += (text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : "") + text + "\n"
    }

    /// The text without line breaks, and with roff's special characters escaped.
    private static func escaped(_ text: String) -> String {
        text.replacing(each: "\\", by: "\\e").replacing(each: "-", by: "\\-").replacing(
            each: "\"", by: "\\(dq"
        )
        .parts(between: "\n", omitsEmpty: true).joined(separator: " ")
    }
}

extension CommandSyntax {
    /// The command's page of the manual.
    public func manual(program: String, version: String) -> ManualPage {
        var page = ManualPage(program + " " + name, summary: summary, version: version)
        page.section("Synopsis")
        page.paragraph(usage(program: program))
        page.section("Description")
        page.paragraph(summary)
        if !discussion.isEmpty { page.paragraph(discussion) }
        if !operands.isEmpty { page.section("Operands") }
        for operand in operands { page.entry(operand.placeholder, operand.help) }
        page.section("Options")
        for option in options where !option.isHidden {
            page.entry(
                option.names.joined(separator: ", ") + (option.placeholder.map { " " + $0 } ?? ""),
                option.help)
        }
        page.entry("-h, --help", "Explain the command.")
        page.section("See also")
        page.paragraph("\(program)(1)")
        return page
    }
}
