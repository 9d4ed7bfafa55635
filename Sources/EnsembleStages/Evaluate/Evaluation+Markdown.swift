import Charts
import Predictions

extension Evaluation {
    /// The summary as Markdown; its charts are in the folder `pictures` next to it.
    var markdown: String {
        var text = "# \(title)\n\n" + headline + "\n" + comparison
        if let idleSentence { text += "\n**\(idleSentence)**\n" }
        text += "\n![Baseline comparison](pictures/comparison.svg)\n"
        if let spread {
            text +=
                "\nPer fold: \(Self.digits(spread.mean)) ± \(Self.digits(spread.deviation)) "
                + "(standard deviation over \(spread.folds) folds), from \(Self.digits(spread.lowest)) to "
                + "\(Self.digits(spread.highest)).\n"
        }
        return text + leakTable + confusion + reliabilityTable + slices.map(table).joined()
    }

    /// A sentence that names the predictions that are no better than the class prior; nil if there are none.
    ///
    /// Otherwise, a blend could hide that one of its models has learned nothing.
    var idleSentence: String? {
        guard let last = idle.last else { return nil }
        let names = idle.count == 1 ? last : idle.dropLast().joined(separator: ", ") + " and " + last
        return
            "No better than the class prior, which looks at no text: \(names). "
            + "What was trained for \(idle.count == 1 ? "it" : "them") has learned nothing that these rows show."
    }

    private var headline: String {
        let range =
            interval.map { " (95 % interval \(Self.digits($0.low)) to \(Self.digits($0.high)))" } ?? ""
        return """
            **Log loss \(Self.digits(scores.logLoss))**\(range) on \(scores.count) labeled rows; \
            \(Self.digits(abs(prior.gain))) \(prior.gain >= 0 ? "below" : "above") the class prior's \
            \(Self.digits(prior.scores.logLoss)).

            """
    }

    private var comparison: String {
        var text = """
            | | rows | log loss | accuracy | Brier | calibration error | improvement of the predictions in log loss |
            |---|---:|---:|---:|---:|---:|---:|

            """
        text += Self.row("predictions", scores, [""])
        for contender in members + [prior] {
            let range =
                contender.interval.map { " (\(Self.digits($0.low)) to \(Self.digits($0.high)))" } ?? ""
            text += Self.row(contender.name, contender.scores, [Self.digits(contender.gain) + range])
        }
        return text
    }

    private var leakTable: String {
        guard !leaks.isEmpty else { return "" }
        var text = """

            ## Leaks

            Rows that are similar to rows that their models may have seen, and the other, clean rows. Only the clean ones \
            estimate the performance on new comparisons.

            | shared with the training data | leaked rows | log loss | clean rows | log loss | overall |
            |---|---:|---:|---:|---:|---:|

            """
        for leak in leaks {
            let cells = [leak.leaked, leak.clean].flatMap { part in
                [String(part.count), part.count > 0 ? Self.digits(part.logLoss) : "–"]
            }
            text += "| \(leak.name) | \(cells.joined(separator: " | ")) | \(Self.digits(scores.logLoss)) |\n"
        }
        return text
    }

    private var confusion: String {
        var text = """

            ## Confusion matrix

            ![Confusion matrix](pictures/confusion.svg)

            | actual \\ predicted | A | B | tie |
            |---|---:|---:|---:|

            """
        for (name, row) in zip(["A", "B", "tie"], scores.confusion) {
            text += "| \(name) | \(row.map(String.init).joined(separator: " | ")) |\n"
        }
        return text
    }

    private var reliabilityTable: String {
        var text = """

            ## Calibration

            Predicted probabilities and observed frequencies.

            ![Calibration](pictures/reliability.svg)

            """
        for part in reliability {
            text += """

                | \(part.name) | rows | predicted | observed | 95 % interval |
                |---|---:|---:|---:|---:|

                """
            for bin in part.bins {
                let (from, to) = (Double(bin.tenth) / 10, Double(bin.tenth + 1) / 10)
                text +=
                    "| \(Numerals.decimal(from, digits: 1)) to \(Numerals.decimal(to, digits: 1)) | \(bin.count) "
                    + "| \(Numerals.decimal(bin.predicted, digits: 3)) | \(Numerals.decimal(bin.observed, digits: 3)) "
                    + "| \(Numerals.decimal(bin.interval.low, digits: 3)) to "
                    + "\(Numerals.decimal(bin.interval.high, digits: 3)) |\n"
            }
        }
        return text
    }

    private func table(_ slice: Slices) -> String {
        let hasIntervals = slice.parts.contains { $0.interval != nil }
        var text = "\n## By \(slice.name)\n\n"
        if slice.name == "length" { text += "![Log loss by length](pictures/length.svg)\n\n" }
        text +=
            "| \(slice.name) | rows | log loss | accuracy | Brier | calibration error | prior's log loss |"
            + (hasIntervals ? " 95 % interval of the log loss |" : "")
            + "\n|---|---:|---:|---:|---:|---:|---:|"
            + (hasIntervals ? "---:|" : "") + "\n"
        for part in slice.parts {
            let range = part.interval.map { "\(Self.digits($0.low)) to \(Self.digits($0.high))" } ?? ""
            text += Self.row(
                part.name, part.scores,
                [Self.digits(part.priorLogLoss)] + (hasIntervals ? [range] : []))
        }
        return text
    }

    private static func row(_ name: String, _ scores: Scores, _ more: [String]) -> String {
        let cells = [scores.logLoss, scores.accuracy, scores.brier, scores.calibrationError].map(digits)
        return "| \(escaped(name)) | \(scores.count) | " + (cells + more).joined(separator: " | ") + " |\n"
    }

    /// A name from the data, as one line in a table cell.
    private static func escaped(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "|": result += "\\|"
            case "<": result += "&lt;"
            case _ where scalar.properties.isWhitespace || scalar.value < 0x20: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func digits(_ number: Double) -> String { Numerals.decimal(number, digits: 4) }
}
