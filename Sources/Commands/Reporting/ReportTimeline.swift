import ArtifactStore
import Dataflow
import Texts

/// When each stage of a run ran; concurrent stages are drawn side by side.
struct ReportTimeline {
    private struct Bar {
        let stage: Int
        let start: Double
        let end: Double
        var lane = 0
    }

    private let graph: RunGraph
    private var bars: [Bar] = []
    private let length: Double
    private var laneCount = 0

    /// The most bars that are drawn: the longest.
    private static let limit = 2000

    init(_ graph: RunGraph, _ run: RunRecord) {
        self.graph = graph
        let found = graph.stages.enumerated().compactMap { index, stage -> Bar? in
            guard let started = stage.record.started,
                stage.record.disposition == .ran || stage.record.disposition == .failed
            else { return nil }
            let start = max(0, started - run.started)
            return Bar(stage: index, start: start, end: start + (stage.record.cost?.wallSeconds ?? 0))
        }
        let longest = found.sorted { ($1.end - $1.start, $0.stage) < ($0.end - $0.start, $1.stage) }.prefix(
            Self.limit)
        var ends: [Double] = []
        for var bar in longest.sorted(by: { ($0.start, $0.stage) < ($1.start, $1.stage) }) {
            let free = ends.firstIndex { $0 <= bar.start + 1e-4 }
            bar.lane = free ?? ends.count
            if free == nil { ends.append(0) }
            ends[bar.lane] = bar.end
            bars.append(bar)
        }
        laneCount = ends.count
        length = max(bars.map(\.end).max() ?? 0, 1e-3)
    }

    var html: String {
        guard !bars.isEmpty else { return "" }
        let (width, lane, top) = (1000.0, 26.0, 22.0)
        let height = top + Double(laneCount) * lane + 4
        let scale = width / length
        let step = Self.step(length)
        var axis = ""
        var moment = 0.0
        while moment <= length {
            let x = ReportGraph.number(moment * scale)
            axis +=
                "<path class=axis d=\"M\(x) 16V\(ReportGraph.number(height))\"/>"
                + "<text x=\"\(x)\" y=\"12\">\(length < 1 ? "\(Int((moment * 1000).rounded())) ms" : Amounts.seconds(moment))</text>"
            moment += step
        }
        let boxes = bars.map { bar in
            let record = graph.stages[bar.stage].record
            let title =
                "\(record.stage): \(record.disposition.rawValue), from \(Amounts.seconds(bar.start)), "
                + Amounts.seconds(bar.end - bar.start)
            return
                "<a href=\"#stage-\(bar.stage)\" aria-label=\"\(HTML.escaped(title))\"><title>\(HTML.escaped(title))</title>"
                + "<rect class=\"bar \(record.disposition.rawValue)\" x=\"\(ReportGraph.number(bar.start * scale))\" "
                + "y=\"\(ReportGraph.number(top + Double(bar.lane) * lane))\" "
                + "width=\"\(ReportGraph.number(max(1.5, (bar.end - bar.start) * scale)))\" height=\"20\" rx=\"3\"/></a>\n"
        }.joined()
        return """
            <div class=scroll tabindex=0><svg class=time \
            viewBox="0 0 \(ReportGraph.number(width + 60)) \(ReportGraph.number(height))" role=group \
            aria-label="When each stage ran">\(axis)
            \(boxes)</svg></div>

            """
    }

    /// A round number of seconds that divides the axis into at most ten parts.
    private static func step(_ length: Double) -> Double {
        let steps =
            [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]
            + [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400]
        return steps.first { length / $0 <= 10 } ?? length / 10
    }
}

/// A small line of numbers in their order.
struct Sparkline {
    private let points: [Double]

    init(_ points: [Double]) { self.points = points.filter(\.isFinite) }

    var svg: String {
        guard points.count > 1, let low = points.min(), let high = points.max() else { return "" }
        let (width, height) = (140.0, 26.0)
        let places = points.enumerated().map { index, value in
            let x = 3 + Double(index) / Double(points.count - 1) * (width - 6)
            let y = high > low ? 3 + (high - value) / (high - low) * (height - 6) : height / 2
            return "\(Amounts.fixed(x, 1)),\(Amounts.fixed(y, 1))"
        }
        let last = (places.last ?? "0,0").parts(between: ",")
        let words = "from \(Amounts.number(low)) to \(Amounts.number(high))"
        return
            "<svg class=spark width=140 height=26 viewBox=\"0 0 140 26\" role=img aria-label=\"\(words)\"><title>\(words)</title>"
            + "<polyline points=\"\(places.joined(separator: " "))\"/><circle cx=\"\(last[0])\" cy=\"\(last[1])\" r=2.5 /></svg>"
    }
}
