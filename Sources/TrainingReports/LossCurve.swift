import Charts
package import Files
package import LanguageModels

/// The losses of a training run as a chart.
package enum LossCurve {
    /// The maximum number of points of a line: in longer runs, steps are averaged.
    private static let points = 200

    /// Writes the chart as SVG.
    ///
    /// - Parameter heldOut: the name of the evaluation loss.
    package static func write(_ state: TrainingState, heldOut: String, to path: FilePath) throws {
        let steps = state.steps
        let run = max(1, (steps.count + points - 1) / points)
        let means = stride(from: 0, to: steps.count, by: run).map { start -> (x: Double, y: Double) in
            let part = steps[start..<min(start + run, steps.count)]
            return (Double(start + part.count), part.reduce(0) { $0 + $1.loss } / Double(part.count))
        }
        var series = [
            LineChart.Series(run == 1 ? "loss of the step" : "mean loss of \(run) steps", means)
        ]
        if !state.evaluations.isEmpty {
            series.append(
                LineChart.Series(heldOut, state.evaluations.map { (Double($0.step), $0.loss) }))
        }
        let chart = LineChart(title: "Loss", x: Axis("step"), y: Axis("nats"), series: series)
        try FileContents.write(chart.svg, to: path)
    }
}
