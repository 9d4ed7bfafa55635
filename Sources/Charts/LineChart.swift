/// Lines through points: loss curves, calibration curves, anything over a number.
///
/// ```swift
/// let chart = LineChart(
///   title: "Loss", x: Axis("step"), y: Axis("log loss"),
///   series: [LineChart.Series("training", steps.map { (Double($0.step), $0.loss) })])
/// chart.svg
/// ```
/// The document depends only on the values, on every machine, and follows the reader's light or dark theme.
public struct LineChart: Sendable {
    /// A set of points.
    public struct Series: Sendable {
        /// The name in the legend.
        public var name: String
        /// The points from left to right; the line is interrupted at points that are not finite.
        public var points: [(x: Double, y: Double)]
        /// Error bars at the points: lower and upper ends; empty for none.
        public var intervals: [(low: Double, high: Double)?]
        /// Whether lines connect the points.
        var isJoined: Bool

        /// A series of points.
        public init(
            _ name: String, _ points: [(x: Double, y: Double)],
            intervals: [(low: Double, high: Double)?] = [],
            isJoined: Bool = true
        ) {
            self.name = name
            self.points = points
            self.intervals = intervals
            self.isJoined = isJoined
        }
    }

    /// The heading.
    public var title: String
    /// The horizontal axis.
    public var x: Axis
    /// The vertical axis.
    public var y: Axis
    /// The lines.
    public var series: [Series]
    /// A dashed line to compare the series with; nil for none.
    public var reference: Series?
    /// The width and height in pixels.
    public var size = (width: 720.0, height: 400.0)

    /// A chart of series.
    public init(title: String, x: Axis, y: Axis, series: [Series], reference: Series? = nil) {
        self.title = title
        self.x = x
        self.y = y
        self.series = series
        self.reference = reference
    }

    /// Up to this many points get markers; more are drawn as a line only.
    private static let maximumMarks = 60

    /// The chart as an SVG document.
    public var svg: String {
        let all = series + (reference.map { [$0] } ?? [])
        let ends = all.flatMap { $0.intervals.compactMap { $0 } }.flatMap { [$0.low, $0.high] }
        let xScale = Scale(
            covering: all.flatMap { $0.points.map(\.x) }, spacing: x.spacing, bounds: x.bounds, ticks: 8)
        let yScale = Scale(
            covering: all.flatMap { $0.points.map(\.y) } + ends, spacing: y.spacing, bounds: y.bounds)
        let numbers = yScale.ticks.map { TextExtent.width($0.label) }.max() ?? 0
        let left = 38 + numbers
        let legend = Legend(all.count > 1 ? all.map(\.name) : [], width: size.width - left - 16)
        let top = 40 + legend.height
        let frame = Frame(
            left: left, top: top, width: size.width - left - 20, height: max(60, size.height - top - 50),
            x: xScale, y: yScale)
        var drawing = Drawing(
            width: size.width, height: size.height, title: title, summary: summary(xScale, yScale))
        drawing.text(title, x: left, y: 24, class: "title")
        legend.draw(&drawing, left: left, top: 36, isLastReference: reference != nil)
        frame.draw(&drawing, xLabel: x.label, yLabel: y.label)
        if let reference {
            drawing.path(reference.points.map { frame.point($0.x, $0.y) }, class: "reference")
        }
        for (index, series) in series.enumerated() { draw(series, index, frame, &drawing) }
        return drawing.svg
    }

    private func draw(_ series: Series, _ index: Int, _ frame: Frame, _ drawing: inout Drawing) {
        let look = Palette.series(index)
        for (point, interval) in zip(series.points, series.intervals) {
            guard let interval, let low = frame.point(point.x, interval.low),
                let high = frame.point(point.x, interval.high)
            else { continue }
            drawing.line(low, high, class: "whisker")
        }
        if series.isJoined {
            let points = Self.thinned(series.points, columns: Int(frame.width), frame.x)
            drawing.path(points.map { frame.point($0.x, $0.y) }, class: "line \(look)")
        }
        guard series.points.count <= Self.maximumMarks else { return }
        for point in series.points {
            guard let place = frame.point(point.x, point.y) else { continue }
            drawing.dot(
                x: place.x, y: place.y, radius: 3, class: "\(look) fill",
                title: "\(series.name): \(Numerals.shortest(point.x, digits: 4)), "
                    + Numerals.decimal(point.y, digits: 4))
        }
    }

    /// If many points share a column of pixels: the first, lowest, highest and last of them.
    static func thinned(
        _ points: [(x: Double, y: Double)], columns: Int, _ scale: Scale
    ) -> [(x: Double, y: Double)] {
        guard points.count > 8 * columns else { return points }
        var kept: [(x: Double, y: Double)] = []
        var start = 0
        func column(_ index: Int) -> Int? {
            scale.position(points[index].x).map { Int(max(-1, min(2, $0)) * Double(columns)) }
        }
        while start < points.count {
            var end = start + 1
            while end < points.count, column(end) == column(start) { end += 1 }
            let inside = start..<end
            let finite = inside.filter { points[$0].y.isFinite }
            var chosen: Set<Int> = [start, end - 1]
            if let low = finite.min(by: { points[$0].y < points[$1].y }) { chosen.insert(low) }
            if let high = finite.max(by: { points[$0].y < points[$1].y }) { chosen.insert(high) }
            kept += chosen.sorted().map { points[$0] }
            start = end
        }
        return kept
    }

    /// A description in words: where each series starts and ends.
    private func summary(_ xScale: Scale, _ yScale: Scale) -> String {
        var text = "\(y.label) over \(x.label)."
        for series in series {
            let points = series.points.filter { $0.x.isFinite && $0.y.isFinite }
            guard let first = points.first, let last = points.last else {
                text += " \(series.name): no points."
                continue
            }
            text +=
                " \(series.name): \(points.count) points, from \(Numerals.decimal(first.y, digits: 4)) at "
                + "\(Numerals.shortest(first.x, digits: 4)) to \(Numerals.decimal(last.y, digits: 4)) at "
                + "\(Numerals.shortest(last.x, digits: 4))."
        }
        return text
    }
}
