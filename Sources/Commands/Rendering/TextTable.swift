/// Rows in aligned columns, limited to the width of a terminal.
struct TextTable {
    /// A column's title and alignment.
    struct Column {
        var title: String
        var alignsRight = false
        /// The column is never narrower than this, even if the table does not fit the terminal.
        var leastWidth = 8
    }

    var columns: [Column]
    var rows: [[String]]

    /// A table whose rows have a cell per title; titles that begin with `>` align right.
    init(_ titles: [String], rows: [[String]]) {
        columns = titles.map { title in
            title.hasPrefix(">")
                ? Column(title: String(title.dropFirst()), alignsRight: true) : Column(title: title)
        }
        self.rows = rows
    }

    /// The lines, titles first; the widest columns shrink first, until the lines fit into `width`.
    func lines(width: Int, style: TextStyle = .plain) -> [String] {
        let cells = rows.map { row in row.map(\.escapedForDisplay) }
        var widths = columns.indices.map { column in
            max(
                DisplayWidth.of(columns[column].title),
                cells.map { DisplayWidth.of($0[column].truncatedForMeasuring) }.max() ?? 0)
        }
        let gaps = 2 * max(0, columns.count - 1)
        while widths.reduce(gaps, +) > width {
            let candidates = widths.indices.filter { widths[$0] > columns[$0].leastWidth }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            let excess = widths.reduce(gaps, +) - width
            let second = candidates.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
            let floor = max(columns[widest].leastWidth, min(second, widths[widest] - 1))
            widths[widest] = max(floor, widths[widest] - excess)
        }
        func line(_ texts: [String]) -> String {
            let padded = texts.indices.map { column in
                texts[column].truncated(toWidth: widths[column])
                    .padded(toWidth: widths[column], alignsRight: columns[column].alignsRight)
            }
            return padded.joined(separator: "  ").trimmedAtEnd
        }
        return [style.dim(line(columns.map(\.title)))] + cells.map(line)
    }

    /// The lines as one text.
    func text(width: Int, style: TextStyle = .plain) -> String {
        lines(width: width, style: style).map { $0 + "\n" }.joined()
    }
}

extension String {
    /// Enough of a cell to know that it is wide.
    fileprivate var truncatedForMeasuring: String { utf8.count > 4096 ? String(prefix(1024)) : self }

    /// The text without trailing spaces.
    var trimmedAtEnd: String {
        var result = self
        while result.hasSuffix(" ") { result.removeLast() }
        return result
    }
}
