import Foundation
import FoundationXML
import Testing

@testable import Charts

struct ChartTests {
    private static let hostile = "a<b> & \"c\" \u{1}\n你好 \u{FFFE}"

    /// The elements of a document; fails if it is not XML.
    private final class Reader: NSObject, XMLParserDelegate {
        var elements: [(name: String, attributes: [String: String])] = []
        var texts: [String] = []

        init(_ svg: String) throws {
            super.init()
            let parser = XMLParser(data: Data(svg.utf8))
            parser.delegate = self
            let isWhole = parser.parse()
            try #require(isWhole, "\(String(describing: parser.parserError))")
        }

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String]
        ) {
            elements.append((name, attributes))
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) { texts.append(text) }

        func numbers(_ element: String, _ attribute: String) -> [Double] {
            elements.filter { $0.name == element }.compactMap {
                $0.attributes[attribute].flatMap(Double.init)
            }
        }
    }

    private static func line() -> LineChart {
        LineChart(
            title: hostile, x: Axis("step"), y: Axis("loss"),
            series: [
                LineChart.Series(
                    hostile, [(0, 1), (1, 0.5), (2, .nan), (3, 0.4)],
                    intervals: [(0.9, 1.1), nil, nil, (0.3, 0.6)]),
                LineChart.Series("empty", []),
            ], reference: LineChart.Series("prior", [(0, 1.09), (3, 1.09)]))
    }

    private static func bars() -> BarChart {
        BarChart(
            title: "Loss by length", axis: Axis("log loss"),
            bars: [
                BarChart.Bar(hostile, 0.9, interval: (0.85, 0.95), note: "120 rows"),
                BarChart.Bar("second", -0.2),
                BarChart.Bar("none", .nan),
            ], reference: (1.09, "prior"))
    }

    private static func map() -> HeatMap {
        HeatMap(
            title: "Confusion", rowLabel: "true", columnLabel: "said", rows: ["A", "B", hostile],
            columns: ["A", "B", "tie"], values: [[0.5, 0.3, 0.2], [0, 1, .nan], [0.1, 0.2, 0.7]])
    }

    @Test(arguments: [
        line().svg, bars().svg, map().svg, LineChart(title: "", x: Axis(""), y: Axis(""), series: []).svg,
        BarChart(title: "", axis: Axis(""), bars: [], mark: .dot).svg,
        HeatMap(title: "", rowLabel: "", columnLabel: "", rows: [], columns: [], values: []).svg,
    ])
    func aChartIsXMLWithinItsFrame(_ svg: String) throws {
        let reader = try Reader(svg)
        let root = try #require(reader.elements.first)
        #expect(
            root.name == "svg" && root.attributes["role"] == "img" && root.attributes["aria-label"] != nil)
        #expect(reader.elements.dropFirst().prefix(3).map(\.name) == ["title", "desc", "style"])
        let width = try #require(root.attributes["width"].flatMap(Double.init))
        let height = try #require(root.attributes["height"].flatMap(Double.init))
        for name in ["text", "rect", "circle", "line"] {
            for attribute in ["x", "x1", "x2", "cx"] {
                #expect(reader.numbers(name, attribute).allSatisfy { (0...width).contains($0) })
            }
            for attribute in ["y", "y1", "y2", "cy"] {
                #expect(reader.numbers(name, attribute).allSatisfy { (0...height).contains($0) })
            }
        }
    }

    @Test func aLineIsInterruptedWhereANumberIsMissing() throws {
        let paths = try Reader(Self.line().svg).elements.filter { $0.name == "path" }
        let line = try #require(paths.first { $0.attributes["class"] == "line s0" }?.attributes["d"])
        #expect(line.count { $0 == "M" } == 2 && line.count { $0 == "L" } == 1)
        #expect(paths.contains { $0.attributes["class"] == "reference" })
    }

    @Test func higherNumbersAreHigher() throws {
        let chart = LineChart(
            title: "t", x: Axis("x", bounds: 0...10), y: Axis("y", bounds: 0...1),
            series: [LineChart.Series("s", [(0, 0), (5, 0.5), (10, 1)])])
        let reader = try Reader(chart.svg)
        let (x, y) = (reader.numbers("circle", "cx"), reader.numbers("circle", "cy"))
        #expect(x.count == 3 && abs(x[1] - (x[0] + x[2]) / 2) < 0.02 && x[0] < x[2])
        #expect(abs(y[1] - (y[0] + y[2]) / 2) < 0.02 && y[0] > y[2])
    }

    @Test func barsAreAsLongAsTheirNumbers() throws {
        let chart = BarChart(
            title: "t", axis: Axis("n"),
            bars: [BarChart.Bar("a", 1), BarChart.Bar("b", 4), BarChart.Bar("c", -2)])
        let lengths = try Reader(chart.svg).numbers("rect", "width")
        #expect(
            lengths.count == 3 && abs(lengths[1] - 4 * lengths[0]) < 0.1
                && abs(lengths[2] - 2 * lengths[0]) < 0.1)
    }

    @Test func deeperCellsAreLarger() throws {
        let depths = try Reader(Self.map().svg).numbers("rect", "fill-opacity")
        #expect(depths == [0.3, 0.2, 0.15, 0.05, 0.55, 0.1, 0.15, 0.4])
    }

    /// The contrast of two colors by WCAG 2.
    private func contrast(_ first: String, _ second: String) -> Double {
        func luminance(_ color: String) -> Double {
            let value = Int(color.dropFirst(), radix: 16) ?? 0
            let parts = [value >> 16, value >> 8 & 255, value & 255].map { part -> Double in
                let share = Double(part) / 255
                return share <= 0.03928 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
            }
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
        }
        let (left, right) = (luminance(first), luminance(second))
        return (max(left, right) + 0.05) / (min(left, right) + 0.05)
    }

    @Test func colorsHaveEnoughContrast() {
        #expect(Palette.light.count == Palette.count && Palette.dark.count == Palette.count)
        #expect(Palette.light.allSatisfy { contrast($0, "#ffffff") >= 4.5 })
        #expect(Palette.dark.allSatisfy { contrast($0, "#111827") >= 4.5 })
    }

    @Test func chartsAreDescribedInWords() throws {
        let text = try Reader(Self.bars().svg).texts.joined()
        #expect(text.contains("second: −0.2000"))
        #expect(
            try Reader(Self.line().svg).texts.joined().contains("3 points, from 1.0000 at 0 to 0.4000 at 3."))
    }

    @Test func manyPointsKeepTheirExtremes() {
        var points = (0..<100_000).map { (x: Double($0), y: Double(($0 * 7919) % 1000)) }
        points[54_321].y = 5_000
        points[12_345].y = -70
        let scale = Scale(covering: points.map(\.x))
        let thin = LineChart.thinned(points, columns: 600, scale)
        #expect(thin.count <= 4 * 700)
        #expect(thin.contains { $0.y == 5_000 } && thin.contains { $0.y == -70 })
        #expect(zip(thin, thin.dropFirst()).allSatisfy { $0.x < $1.x })
        #expect(LineChart.thinned(Array(points.prefix(50)), columns: 600, scale).count == 50)
    }
}
