import Charts
import Predictions

extension Evaluation {
    /// The charts, by file name.
    var pictures: [(name: String, svg: String)] {
        [
            ("reliability.svg", reliabilityChart.svg), ("length.svg", lengthChart.svg),
            ("confusion.svg", confusionChart.svg), ("comparison.svg", comparisonChart.svg),
        ]
    }

    private var reliabilityChart: LineChart {
        let series = reliability.enumerated().map { index, part in
            LineChart.Series(
                part.name, part.bins.map { ($0.predicted, $0.observed) },
                // Only one series has error bars, for legibility.
                intervals: index == 0 ? part.bins.map { $0.interval } : [])
        }
        return LineChart(
            title: "Calibration: predicted probability and observed frequency",
            x: Axis("predicted probability", bounds: 0...1), y: Axis("observed frequency", bounds: 0...1),
            series: series, reference: LineChart.Series("perfect calibration", [(0, 0), (1, 1)]))
    }

    private var lengthChart: BarChart {
        let parts = slices.first { $0.name == "length" }?.parts ?? []
        return BarChart(
            title: "Log loss by length", axis: Axis("log loss"),
            bars: parts.map { part in
                BarChart.Bar(
                    part.name, part.scores.logLoss, interval: part.interval,
                    note: "\(part.scores.count) rows")
            }, mark: .dot, reference: (prior.scores.logLoss, "class prior"))
    }

    private var comparisonChart: BarChart {
        let others = members.map { member in
            BarChart.Bar(member.name, member.scores.logLoss, note: "\(member.scores.count) rows")
        }
        return BarChart(
            title: "Baseline comparison", axis: Axis("log loss"),
            bars: [
                BarChart.Bar(
                    "predictions", scores.logLoss, interval: interval, note: "\(scores.count) rows")
            ] + others, mark: .dot, reference: (prior.scores.logLoss, "class prior"))
    }

    private var confusionChart: HeatMap {
        let names = ["A", "B", "tie"]
        let shares = scores.confusion.map { row in
            let total = Double(max(1, row.reduce(0, +)))
            return row.map { Double($0) / total }
        }
        let labels = zip(scores.confusion, shares).map { counts, shares in
            zip(counts, shares).map { "\($0) (\(Numerals.decimal($1 * 100, digits: 0)) %)" }
        }
        return HeatMap(
            title: "Confusion matrix", rowLabel: "actual", columnLabel: "predicted", rows: names,
            columns: names, values: shares, labels: labels)
    }
}
