import Charts
import Columns
import Files
import GradientBoosting

/// The importance of each feature to the trees, most important first: the table `feature, splits, gain, share`.
struct FeatureImportances: Sendable {
    /// The importance of one feature.
    struct Entry: Sendable {
        let name: String
        let splits: Int
        /// How much the splits on it reduced the objective in total.
        let gain: Double
        /// The gain as a share of the total.
        let share: Double
    }

    /// The features that are used in splits.
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

    /// The most important features as a chart.
    var picture: String {
        let shown = entries.prefix(30)
        var chart = BarChart(
            title: "Feature importance", axis: Axis("share of the gain, %"),
            bars: shown.map { BarChart.Bar($0.name, 100 * $0.share, note: "\($0.splits) splits") })
        chart.digits = 2
        return chart.svg
    }
}
