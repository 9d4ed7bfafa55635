/// The names of series with samples of their lines, in as many rows as they need.
struct Legend {
    private let names: [String]
    private let places: [(x: Double, row: Int)]

    /// The height of all rows.
    let height: Double

    init(_ names: [String], width: Double) {
        self.names = names.map { TextExtent.fitted($0, 260) }
        var places: [(x: Double, row: Int)] = []
        var x = 0.0
        var row = 0
        for name in self.names {
            let needed = 30 + TextExtent.width(name) + 14
            if x > 0, x + needed > width {
                x = 0
                row += 1
            }
            places.append((x, row))
            x += needed
        }
        self.places = places
        height = names.isEmpty ? 0 : Double(row + 1) * 18
    }

    func draw(_ drawing: inout Drawing, left: Double, top: Double, isLastReference: Bool) {
        for (index, place) in places.enumerated() {
            let y = top + Double(place.row) * 18 + 9
            let isReference = isLastReference && index == names.count - 1
            let look = isReference ? "reference" : "line \(Palette.series(index))"
            drawing.line((left + place.x, y - 4), (left + place.x + 24, y - 4), class: look)
            drawing.text(names[index], x: left + place.x + 30, y: y)
        }
    }
}
