import StageSchemas

/// All scores of an evaluation, as JSON and as Markdown.
struct Evaluation: Sendable {
    let title: String
    let scores: Scores
    let interval: (low: Double, high: Double)?
    let prior: Scores
    let members: [(name: String, scores: Scores)]
    let slices: [Slices]

    /// `{"rows", "logLoss", "logLossInterval", "accuracy", "brier", "calibrationError", "confusion", "prior", "members", "slices"}`.
    var json: Value {
        guard case .map(var fields) = Self.json(scores) else { return .null }
        fields["logLossInterval"] = interval.map { [.number($0.low), .number($0.high)] } ?? .null
        fields["confusion"] = .list(scores.confusion.map { .list($0.map { .integer($0) }) })
        fields["prior"] = Self.json(prior)
        fields["members"] = .list(
            members.map { member in ["name": .string(member.name), "scores": Self.json(member.scores)] })
        var parts: [String: Value] = [:]
        for slice in slices {
            parts[slice.name] = .list(
                slice.parts.map { part in ["name": .string(part.name), "scores": Self.json(part.scores)] })
        }
        fields["slices"] = .map(parts)
        return .map(fields)
    }

    private static func json(_ scores: Scores) -> Value {
        [
            "rows": .integer(scores.count), "logLoss": .number(scores.logLoss),
            "accuracy": .number(scores.accuracy), "brier": .number(scores.brier),
            "calibrationError": .number(scores.calibrationError),
        ]
    }

    /// The summary that people read.
    var markdown: String {
        let gain = prior.logLoss - scores.logLoss
        let range =
            interval.map { " (95 % interval \(Self.digits($0.low)) to \(Self.digits($0.high)))" } ?? ""
        var text = """
            # \(title)

            **Log loss \(Self.digits(scores.logLoss))**\(range) on \(scores.count) labelled rows; \
            \(Self.digits(abs(gain))) \(gain >= 0 ? "below" : "above") the class prior's \(Self.digits(prior.logLoss)).

            | | rows | log loss | accuracy | Brier | calibration error |
            |---|---:|---:|---:|---:|---:|

            """
        text += Self.row("predictions", scores)
        for member in members { text += Self.row(member.name, member.scores) }
        text += Self.row("class prior", prior)
        text += """

            ## What was said, and what was true

            | true \\ said | A | B | tie |
            |---|---:|---:|---:|

            """
        for (name, row) in zip(["A", "B", "tie"], scores.confusion) {
            text += "| \(name) | \(row.map(String.init).joined(separator: " | ")) |\n"
        }
        for slice in slices {
            text += """

                ## By \(slice.name)

                | \(slice.name) | rows | log loss | accuracy | Brier | calibration error |
                |---|---:|---:|---:|---:|---:|

                """
            for part in slice.parts { text += Self.row(part.name, part.scores) }
        }
        return text
    }

    private static func row(_ name: String, _ scores: Scores) -> String {
        let cells = [scores.logLoss, scores.accuracy, scores.brier, scores.calibrationError].map(digits)
        let safe = name.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
        return "| \(safe) | \(scores.count) | \(cells.joined(separator: " | ")) |\n"
    }

    /// Four digits behind the point.
    private static func digits(_ number: Double) -> String {
        let scaled = Int((abs(number) * 10_000).rounded())
        let fraction = String(scaled % 10_000)
        let sign = number < 0 && scaled > 0 ? "-" : ""
        return sign + "\(scaled / 10_000)." + String(repeating: "0", count: 4 - fraction.count) + fraction
    }
}
