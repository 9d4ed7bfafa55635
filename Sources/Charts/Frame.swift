/// The plot area of a chart, with numbers along two sides.
struct Frame {
    let left: Double
    let top: Double
    let width: Double
    let height: Double
    let x: Scale
    let y: Scale

    /// The position of a point; nil if it has none or lies far outside.
    func point(_ x: Double, _ y: Double) -> (x: Double, y: Double)? {
        guard let across = self.x.position(x), let up = self.y.position(y) else { return nil }
        guard abs(across) < 100, abs(up) < 100 else { return nil }
        return (left + across * width, top + (1 - up) * height)
    }

    /// Draws the grid, the numbers and the labels of the axes.
    func draw(_ drawing: inout Drawing, xLabel: String, yLabel: String) {
        for tick in y.ticks {
            guard let up = y.position(tick.value) else { continue }
            let place = top + (1 - up) * height
            drawing.line((left, place), (left + width, place), class: "grid")
            drawing.text(tick.label, x: left - 6, y: place + 4, anchor: .end, class: "small")
        }
        for tick in x.ticks {
            guard let across = x.position(tick.value) else { continue }
            let place = left + across * width
            drawing.line((place, top + height), (place, top + height + 4), class: "axis")
            drawing.text(tick.label, x: place, y: top + height + 17, anchor: .middle, class: "small")
        }
        drawing.line((left, top + height), (left + width, top + height), class: "axis")
        drawing.text(xLabel, x: left + width / 2, y: top + height + 36, anchor: .middle)
        drawing.text(yLabel, x: 16, y: top + height / 2, anchor: .middle, turned: true)
    }
}
