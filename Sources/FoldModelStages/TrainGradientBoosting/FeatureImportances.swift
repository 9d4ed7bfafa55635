import Charts
import Columns
import Files
import GradientBoosting

/// What the trees owe to each column, the most important first: the table `feature, splits, gain, share`.
struct FeatureImportances: Sendable {
    /// One column's part.
    struct Entry: Sendable {
        let name: String
        let splits: Int
        /// How much the splits on it lessened the objective, in sum.
        let gain: Double
        /// The gain as a share of all columns'.
        let share: Double
    }

    /// Those columns that a split asks for.
    let entries: [Entry]

    /// The importances of a booster's columns.
    init(_ booster: Booster, names: [String]) throws {
        let importances = try booster.importances(columns: names.count)
        let total = max(importances.reduce(0) { $0 + $1.gain }, 1e-300)
        entries = zip(names, importances).enumerated()
            .filter { $0.element.1.splits > 0 }
            .sorted { (-$0.element.1.gain, $0.offset) < (-$1.element.1.gain, $1.offset) }
            .map { _, pair in
                Entry(
                    name: pair.0, splits: pair.1.splits, gain: pair.1.gain, share: pair.1.gain / total)
            }
    }

    /// Writes the table as Parquet.
    func write(to path: FilePath) throws {
        try Table([
            ("feature", .string(StringColumn(entries.map(\.name)))),
            ("splits", .integer(IntegerColumn(entries.map { Int64($0.splits) }))),
            ("gain", .floating(FloatingColumn(entries.map(\.gain)))),
            ("share", .floating(FloatingColumn(entries.map(\.share)))),
        ]).write(to: path)
    }

    /// The most important ones as a picture.
    var picture: String {
        let shown = entries.prefix(30)
        var chart = BarChart(
            title: "What the trees look at", axis: Axis("share of the gain, %"),
            bars: shown.map { BarChart.Bar($0.name, 100 * $0.share, note: "\($0.splits) splits") })
        chart.digits = 2
        return chart.svg
    }
}
