import Texts

/// Markdown as HTML: headings, paragraphs, lists, tables, code, emphasis and pictures. Pure.
///
/// All text is escaped, so that a file cannot bring markup or scripts into a page. Links show their text, because a page needs no network.
struct MarkdownHTML {
    /// The data URL of a picture, by its path as the file names it; nil if there is none.
    private let picture: (String) -> String?
    private var html = ""
    private var paragraph: [String] = []

    /// The HTML of a file.
    static func html(_ markdown: String, picture: @escaping (String) -> String?) -> String {
        var writer = MarkdownHTML(picture: picture)
        writer.write(markdown.parts(between: "\n").map { $0.hasSuffix("\r") ? String($0.dropLast()) : $0 })
        return "<div class=markdown>\(writer.html)</div>\n"
    }

    private init(picture: @escaping (String) -> String?) { self.picture = picture }

    private mutating func write(_ lines: [String]) {
        var index = 0
        while index < lines.count {
            let line = lines[index]
            let text = line.trimmed
            if text.hasPrefix("```") {
                endParagraph()
                let code = lines[(index + 1)...].prefix { !$0.trimmed.hasPrefix("```") }
                html += "<pre tabindex=0>\(HTML.escaped(code.joined(separator: "\n")))</pre>\n"
                index += code.count + 2
            } else if let (level, title) = Self.heading(text) {
                endParagraph()
                html += "<h\(level)>\(inline(title))</h\(level)>\n"
                index += 1
            } else if text.hasPrefix("|"), index + 1 < lines.count, Self.isRule(lines[index + 1].trimmed) {
                endParagraph()
                let rows = lines[(index + 2)...].prefix { $0.trimmed.hasPrefix("|") }
                table(
                    Self.cells(text), Self.cells(lines[index + 1].trimmed),
                    rows.map { Self.cells($0.trimmed) })
                index += 2 + rows.count
            } else if Self.item(text) != nil {
                endParagraph()
                let items = lines[index...].prefix { Self.item($0.trimmed) != nil }
                html +=
                    "<ul>" + items.map { "<li>\(inline(Self.item($0.trimmed) ?? ""))</li>" }.joined()
                    + "</ul>\n"
                index += items.count
            } else {
                if text.isEmpty { endParagraph() } else { paragraph.append(text) }
                index += 1
            }
        }
        endParagraph()
    }

    private mutating func endParagraph() {
        guard !paragraph.isEmpty else { return }
        html += "<p>\(inline(paragraph.joined(separator: " ")))</p>\n"
        paragraph = []
    }

    private mutating func table(_ titles: [String], _ rule: [String], _ rows: [[String]]) {
        func row(_ cells: [String], _ tag: String) -> String {
            let shown = titles.indices.map { column in
                let isRight = column < rule.count && rule[column].hasSuffix(":")
                let text = column < cells.count ? inline(cells[column]) : ""
                return "<\(tag)\(isRight ? " class=r" : "")>\(text)</\(tag)>"
            }
            return "<tr>\(shown.joined())</tr>"
        }
        html +=
            "<div class=scroll tabindex=0><table><thead>\(row(titles, "th"))</thead><tbody>"
            + rows.map { row($0, "td") }.joined(separator: "\n") + "</tbody></table></div>\n"
    }

    /// The level in the page, below the file's own heading, and the title of a heading.
    private static func heading(_ line: String) -> (level: Int, title: String)? {
        let level = line.prefix { $0 == "#" }.count
        let rest = line.dropFirst(level)
        guard (1...6).contains(level), rest.first == " " else { return nil }
        return (min(6, level + 3), String(rest).trimmed)
    }

    /// The text of an item of a list.
    private static func item(_ line: String) -> String? {
        if line.hasPrefix("- ") || line.hasPrefix("* ") { return String(line.dropFirst(2)) }
        let digits = line.prefix { $0.isASCII && $0.isNumber }
        let rest = line.dropFirst(digits.count)
        return (1...9).contains(digits.count) && rest.hasPrefix(". ") ? String(rest.dropFirst(2)) : nil
    }

    /// True for the line below a table's titles.
    private static func isRule(_ line: String) -> Bool {
        line.hasPrefix("|") && line.contains("-") && line.allSatisfy { "|-: ".contains($0) }
    }

    /// The cells of a table's row; a backslash before a bar makes it text.
    private static func cells(_ line: String) -> [String] {
        var cells: [String] = []
        var cell = ""
        var isEscaped = false
        for character in line.dropFirst() {
            if character == "|" && !isEscaped {
                cells.append(cell.trimmed)
                cell = ""
            } else {
                cell.append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        if !cell.trimmed.isEmpty { cells.append(cell.trimmed) }
        return cells
    }

    /// Text with emphasis, code, links and pictures.
    private func inline(_ text: String) -> String {
        // Marks without a partner are looked for to the end.
        guard text.utf8.count <= Self.longestParagraph else { return HTML.escaped(text) }
        var result = ""
        var rest = text[...]
        while let first = rest.first {
            if first == "\\", let next = rest.dropFirst().first, next.isPunctuation || next.isSymbol {
                result += HTML.escaped(String(next))
                rest = rest.dropFirst(2)
            } else if first == "&", let entity = Self.entities.first(where: { rest.hasPrefix($0.name) }) {
                result += HTML.escaped(entity.text)
                rest = rest.dropFirst(entity.name.count)
            } else if let (inner, after) = Self.enclosed(rest, by: "`") {
                result += "<code>\(HTML.escaped(String(inner)))</code>"
                rest = after
            } else if let (inner, after) = Self.enclosed(rest, by: "**") {
                result += "<b>\(inline(String(inner)))</b>"
                rest = after
            } else if let (inner, after) = Self.enclosed(rest, by: "*") {
                result += "<i>\(inline(String(inner)))</i>"
                rest = after
            } else if rest.hasPrefix("!["), let (name, target, after) = Self.link(rest.dropFirst()) {
                let label = HTML.escaped(String(name))
                result +=
                    picture(String(target)).map { "<img class=picture alt=\"\(label)\" src=\"\($0)\">" }
                    ?? "<span class=dim>\(label)</span>"
                rest = after
            } else if first == "[", let (name, _, after) = Self.link(rest) {
                result += inline(String(name))
                rest = after
            } else {
                result += HTML.escaped(String(first))
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// The longest paragraph with markup, in bytes.
    private static let longestParagraph = 8192

    private static let entities = [
        (name: "&lt;", text: "<"), (name: "&gt;", text: ">"), (name: "&amp;", text: "&"),
        (name: "&quot;", text: "\""),
    ]

    /// What is between a mark at the beginning and the next one; nil if there is none, or white space inside the marks.
    private static func enclosed(_ text: Substring, by mark: String) -> (inner: Substring, after: Substring)?
    {
        guard text.hasPrefix(mark) else { return nil }
        let behind = text.dropFirst(mark.count)
        guard let end = behind.firstRange(of: mark), end.lowerBound > behind.startIndex,
            behind.first?.isWhitespace == false, behind[..<end.lowerBound].last?.isWhitespace == false
        else { return nil }
        return (behind[..<end.lowerBound], behind[end.upperBound...])
    }

    /// The parts of `[name](target)`.
    private static func link(
        _ text: Substring
    ) -> (name: Substring, target: Substring, after: Substring)? {
        guard text.hasPrefix("["), let middle = text.firstRange(of: "]("),
            let end = text[middle.upperBound...].firstIndex(ofASCII: ")")
        else { return nil }
        return (
            text[text.index(after: text.startIndex)..<middle.lowerBound], text[middle.upperBound..<end],
            text[text.utf8.index(after: end)...]
        )
    }
}

extension String {
    /// Without spaces and tabs at both ends.
    fileprivate var trimmed: String {
        let start = drop { $0 == " " || $0 == "\t" }
        return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
