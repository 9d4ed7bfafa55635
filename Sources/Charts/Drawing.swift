/// An SVG document under construction. Coordinates are in pixels from the upper left corner.
struct Drawing {
    /// How a text is aligned at its position.
    enum Anchor: String { case start, middle, end }

    private let width: Double
    private let height: Double
    private let title: String
    private let summary: String
    private var elements: [String] = []

    /// An empty drawing. `summary` describes it in words, for readers who cannot see it.
    init(width: Double, height: Double, title: String, summary: String) {
        self.width = width
        self.height = height
        self.title = title
        self.summary = summary
    }

    /// Adds a straight line.
    mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), class name: String) {
        elements.append(
            "<line x1=\"\(Self.number(from.x))\" y1=\"\(Self.number(from.y))\" x2=\"\(Self.number(to.x))\" "
                + "y2=\"\(Self.number(to.y))\" class=\"\(name)\"/>")
    }

    /// Adds lines from point to point, interrupted by nil.
    mutating func path(_ points: [(x: Double, y: Double)?], class name: String, closed: Bool = false) {
        var text = ""
        var isDrawing = false
        for point in points {
            guard let point else {
                isDrawing = false
                continue
            }
            text += (isDrawing ? "L" : "M") + "\(Self.number(point.x)) \(Self.number(point.y))"
            isDrawing = true
        }
        guard !text.isEmpty else { return }
        elements.append("<path d=\"\(text)\(closed ? "Z" : "")\" class=\"\(name)\"/>")
    }

    /// Adds a rectangle, with a title shown on hover.
    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, class name: String, opacity: Double? = nil,
        title: String? = nil
    ) {
        let fill = opacity.map { " fill-opacity=\"\(Self.number($0))\"" } ?? ""
        let head =
            "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(max(0, width)))\" "
            + "height=\"\(Self.number(max(0, height)))\" class=\"\(name)\"\(fill)"
        elements.append(head + (title.map { "><title>\(Self.escaped($0))</title></rect>" } ?? "/>"))
    }

    /// Adds a dot, with a title shown on hover.
    mutating func dot(x: Double, y: Double, radius: Double, class name: String, title: String? = nil) {
        let head =
            "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\" class=\"\(name)\""
        elements.append(head + (title.map { "><title>\(Self.escaped($0))</title></circle>" } ?? "/>"))
    }

    /// Adds a text, which runs upwards if `turned`.
    mutating func text(
        _ text: String, x: Double, y: Double, anchor: Anchor = .start, class name: String = "",
        turned: Bool = false
    ) {
        let place = "x=\"\(Self.number(x))\" y=\"\(Self.number(y))\""
        let turn = turned ? " transform=\"rotate(-90 \(Self.number(x)) \(Self.number(y)))\"" : ""
        let style = name.isEmpty ? "" : " class=\"\(name)\""
        elements.append(
            "<text \(place) text-anchor=\"\(anchor.rawValue)\"\(style)\(turn)>\(Self.escaped(text))</text>")
    }

    /// The document.
    var svg: String {
        let size = "\(Self.number(width)) \(Self.number(height))"
        var text =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(size)\" width=\"\(Self.number(width))\" "
            + "height=\"\(Self.number(height))\" role=\"img\" aria-label=\"\(Self.escaped(title))\">\n"
        text += "<title>\(Self.escaped(title))</title>\n<desc>\(Self.escaped(summary))</desc>\n"
        text += "<style>\(Palette.style)</style>\n"
        text += "<rect width=\"100%\" height=\"100%\" class=\"paper\"/>\n"
        for element in elements { text += element + "\n" }
        return text + "</svg>\n"
    }

    private static func number(_ value: Double) -> String { Numerals.coordinate(value) }

    /// Escapes text for XML; characters that XML does not allow become U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\r", "\t": result += " "
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
