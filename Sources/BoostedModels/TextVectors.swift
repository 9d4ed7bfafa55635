import FeatureTables

/// The columns that trees get of a table of features.
///
/// With p, a and b, the features of the prompt and of the responses shown first and second, these are p, a − b and
/// (a + b) ÷ 2, so that exchanging A and B only changes signs; and the cosines of the angles between a and b and, if prompts
/// have as many features as responses, between p and each of them.
struct TextVectors: Sendable {
    private let features: RowFeatures
    var widths: RowFeatures.Widths { features.widths }

    init(_ features: RowFeatures) { self.features = features }

    /// The number of columns.
    var columnCount: Int { Self.columnCount(features.widths) }

    static func columnCount(_ widths: RowFeatures.Widths) -> Int {
        widths.total + 1 + (widths.prompt == widths.answer ? 3 : 0)
    }

    /// The names of the columns; `number` counts the tables from 1.
    static func names(_ widths: RowFeatures.Widths, number: Int) -> [String] {
        let table = "features \(number)"
        var names = (0..<widths.prompt).map { "\(table): prompt \($0 + 1)" }
        names += (0..<widths.answer).map { "\(table): difference \($0 + 1)" }
        names += (0..<widths.answer).map { "\(table): mean \($0 + 1)" }
        names.append("\(table): likeness")
        guard widths.prompt == widths.answer else { return names }
        return names + ["first", "second", "difference"].map { "\(table): likeness to prompt, \($0)" }
    }

    /// Appends a row as shown, or with A and B exchanged.
    func append(_ row: Int, isSwapped: Bool, to values: inout [Float]) {
        let start = row * widths.total
        let prompt = features.values[start..<(start + widths.prompt)]
        let a = features.values[(prompt.endIndex)..<(prompt.endIndex + widths.answer)]
        let b = features.values[a.endIndex..<(a.endIndex + widths.answer)]
        let (first, second) = isSwapped ? (b, a) : (a, b)
        values += prompt
        for (one, other) in zip(first, second) { values.append(one - other) }
        for (one, other) in zip(first, second) { values.append((one + other) / 2) }
        values.append(Self.cosine(first, second))
        guard widths.prompt == widths.answer else { return }
        let likeness = (Self.cosine(first, prompt), Self.cosine(second, prompt))
        values += [likeness.0, likeness.1, likeness.0 - likeness.1]
    }

    /// The cosine of the angle between two vectors; 0 if one of them is 0. Exchanging them changes no bit.
    private static func cosine(_ x: ArraySlice<Float>, _ y: ArraySlice<Float>) -> Float {
        var (xx, yy, xy) = (0.0, 0.0, 0.0)
        for (one, other) in zip(x, y) {
            let (one, other) = (Double(one), Double(other))
            xx += one * one
            yy += other * other
            xy += one * other
        }
        let product = xx * yy
        return product > 0 ? Float(xy / product.squareRoot()) : 0
    }
}
