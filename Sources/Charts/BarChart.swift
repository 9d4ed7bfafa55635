/// Named numbers, one per row: importances, counts, losses of slices.
public struct BarChart: Sendable {
    /// How a number is drawn.
    public enum Mark: Sendable, Hashable {
        /// As a bar from zero.
        case bar
        /// As a point, for numbers for which zero means nothing.
        case dot
    }

    /// A named number.
    public struct Bar: Sendable {
        /// The name.
        public var name: String
        /// The number.
        public var value: Double
        /// The bounds of its uncertainty; nil for none.
        public var interval: (low: Double, high: Double)?
        /// Small print after the number, such as a count.
        public var note: String

        /// A named number.
        public init(
            _ name: String, _ value: Double, interval: (low: Double, high: Double)? = nil, note: String = ""
        ) {
            self.name = name
            self.value = value
            self.interval = interval
            self.note = note
        }
    }

    /// The heading.
    public var title: String
    /// What the numbers are.
    public var axis: Axis
    /// The numbers, from top to bottom.
    public var bars: [Bar]
    /// How they are drawn.
    public var mark: Mark
    /// A number to compare the others with, and its name; nil for none.
    public var reference: (value: Double, name: String)?
    /// The number of decimals of the numbers next to the bars, 0 to 12.
    public var digits = 4
    /// The width in pixels; the height follows from the number of bars.
    public var width = 720.0

    /// A chart of named numbers.
    public init(
        title: String, axis: Axis, bars: [Bar], mark: Mark = .bar,
        reference: (value: Double, name: String)? = nil
    ) {
        self.title = title
        self.axis = axis
        self.bars = bars
        self.mark = mark
        self.reference = reference
    }

    private static let rowHeight = 24.0

    /// The chart as an SVG document.
    public var svg: String {
        let names = bars.map { TextExtent.fitted($0.name, 240) }
        let left = 20 + (names.map(TextExtent.width).max() ?? 0)
        let written = bars.map {
            Numerals.decimal($0.value, digits: digits) + ($0.note.isEmpty ? "" : "  " + $0.note)
        }
        let right = 20 + (written.map(TextExtent.width).max() ?? 0)
        let top = reference == nil ? 40.0 : 58
        let height = top + Double(max(1, bars.count)) * Self.rowHeight + 46
        let ends = bars.compactMap(\.interval).flatMap { [$0.low, $0.high] }
        let zero = mark == .bar ? [0.0] : []
        let scale = Scale(
            covering: bars.map(\.value) + ends + zero + (reference.map { [$0.value] } ?? []),
            spacing: axis.spacing, bounds: axis.bounds)
        let room = max(80, width - left - right)
        func place(_ value: Double) -> Double? {
            scale.position(value).map { left + min(max($0, 0), 1) * room }
        }
        var drawing = Drawing(width: width, height: height, title: title, summary: summary(written))
        drawing.text(title, x: 12, y: 24, class: "title")
        let bottom = height - 46
        for tick in scale.ticks {
            guard let x = place(tick.value) else { continue }
            drawing.line((x, top), (x, bottom), class: "grid")
            drawing.text(tick.label, x: x, y: bottom + 16, anchor: .middle, class: "small")
        }
        drawing.text(axis.label, x: left + room / 2, y: bottom + 36, anchor: .middle)
        for (index, bar) in bars.enumerated() {
            let middle = top + (Double(index) + 0.5) * Self.rowHeight
            drawing.text(names[index], x: left - 8, y: middle + 4, anchor: .end)
            drawing.text(written[index], x: left + room + 8, y: middle + 4, class: "small")
            draw(bar, middle, written[index], &drawing, place)
        }
        if let reference, let x = place(reference.value) {
            drawing.line((x, top - 4), (x, bottom), class: "reference")
            let anchor: Drawing.Anchor = x > left + room / 2 ? .end : .start
            let label = "\(reference.name) \(Numerals.decimal(reference.value, digits: digits))"
            drawing.text(label, x: x, y: top - 8, anchor: anchor, class: "small")
        }
        return drawing.svg
    }

    private func draw(
        _ bar: Bar, _ middle: Double, _ written: String, _ drawing: inout Drawing,
        _ place: (Double) -> Double?
    ) {
        guard let end = place(bar.value) else { return }
        if mark == .bar, let start = place(0) {
            drawing.rectangle(
                x: min(start, end), y: middle - 8, width: abs(end - start), height: 16, class: "s0 fill",
                title: "\(bar.name): \(written)")
        }
        if let interval = bar.interval, let low = place(interval.low), let high = place(interval.high) {
            drawing.line((low, middle), (high, middle), class: "whisker")
        }
        if mark == .dot {
            drawing.dot(x: end, y: middle, radius: 4.5, class: "s0 fill", title: "\(bar.name): \(written)")
        }
    }

    private func summary(_ written: [String]) -> String {
        let values = zip(bars, written).map { "\($0.name): \($1)" }
        let more = values.count > 50 ? " And \(values.count - 50) more." : ""
        return "\(axis.label). " + values.prefix(50).joined(separator: "; ") + "." + more
    }
}
