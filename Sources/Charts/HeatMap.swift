/// Numbers in rows and columns, shaded by size: confusion matrices, correlations.
public struct HeatMap: Sendable {
    /// The heading.
    public var title: String
    /// What the rows are.
    public var rowLabel: String
    /// What the columns are.
    public var columnLabel: String
    /// The rows' names, from top to bottom.
    public var rows: [String]
    /// The columns' names, from left to right.
    public var columns: [String]
    /// One number per row and column; values that are not finite are left blank.
    public var values: [[Double]]
    /// The text of the cells; nil for the numbers.
    public var labels: [[String]]?
    /// The number of decimals in the cells, 0 to 12.
    public var digits = 2

    /// A heat map of numbers.
    ///
    /// - Parameter values: one list per row, each with one number per column; likewise `labels`.
    public init(
        title: String, rowLabel: String, columnLabel: String, rows: [String], columns: [String],
        values: [[Double]], labels: [[String]]? = nil
    ) {
        precondition(
            values.count == rows.count && values.allSatisfy { $0.count == columns.count },
            "a heat map has one number per row and column")
        precondition(
            labels.map { $0.count == rows.count && $0.allSatisfy { $0.count == columns.count } } ?? true,
            "a heat map has one label per row and column")
        self.title = title
        self.rowLabel = rowLabel
        self.columnLabel = columnLabel
        self.rows = rows
        self.columns = columns
        self.values = values
        self.labels = labels
    }

    /// The chart as an SVG document.
    public var svg: String {
        let written =
            labels
            ?? values.map { row in row.map { $0.isFinite ? Numerals.decimal($0, digits: digits) : "" } }
        let cell = (
            width: max(64, (written.joined().map(TextExtent.width).max() ?? 0) + 16), height: 40.0
        )
        let names = rows.map { TextExtent.fitted($0, 200) }
        let heads = columns.map { TextExtent.fitted($0, cell.width - 4) }
        let left = 44 + (names.map(TextExtent.width).max() ?? 0)
        let top = 78.0
        let right = left + Double(columns.count) * cell.width
        let bottom = top + Double(rows.count) * cell.height
        let width = max(right + 16, TextExtent.width(title) * 1.5 + 24, 280)
        var drawing = Drawing(width: width, height: bottom + 16, title: title, summary: summary(written))
        drawing.text(title, x: 12, y: 24, class: "title")
        drawing.text(columnLabel, x: (left + right) / 2, y: 48, anchor: .middle)
        drawing.text(rowLabel, x: 18, y: (top + bottom) / 2, anchor: .middle, turned: true)
        for (column, head) in heads.enumerated() {
            drawing.text(
                head, x: left + (Double(column) + 0.5) * cell.width, y: top - 8, anchor: .middle)
        }
        let finite = values.joined().filter(\.isFinite)
        let low = min(0, finite.min() ?? 0)
        let high = max(finite.max() ?? 1, low + .leastNormalMagnitude)
        for (row, name) in names.enumerated() {
            let y = top + Double(row) * cell.height
            drawing.text(name, x: left - 8, y: y + cell.height / 2 + 4, anchor: .end)
            for column in columns.indices where values[row][column].isFinite {
                let depth = (values[row][column] - low) / (high - low)
                let x = left + Double(column) * cell.width
                // At most 0.55, so that the text stays legible in light and dark themes.
                drawing.rectangle(
                    x: x + 1, y: y + 1, width: cell.width - 2, height: cell.height - 2, class: "s0 fill",
                    opacity: 0.05 + 0.5 * depth,
                    title: "\(rows[row]), \(columns[column]): \(written[row][column])")
                drawing.text(
                    written[row][column], x: x + cell.width / 2, y: y + cell.height / 2 + 4, anchor: .middle)
            }
        }
        return drawing.svg
    }

    private func summary(_ written: [[String]]) -> String {
        let lines = zip(rows, written).map { name, cells in
            "\(name): " + zip(columns, cells).map { "\($0) \($1)" }.joined(separator: ", ")
        }
        return "Rows: \(rowLabel). Columns: \(columnLabel). " + lines.prefix(30).joined(separator: "; ") + "."
    }
}
