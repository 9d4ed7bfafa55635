import Files
package import StageKit
package import StageSchemas

/// Reads one file of comparisons, in one of several layouts, into the comparison table.
package enum Ingest: StageKind {
    /// The parameters.
    package struct Parameters: Decodable, Sendable {
        let format: String
        let source: String?
        let labels: String
        let maximumCellBytes: Int
        let maximumRejects: Double
        let dropUnicodeEscapes: Bool
        let guessLanguage: Bool
        let judges: IngestRules.Judges
        let onePerPrompt: Bool
        let exchangeSides: Bool
        let seed: Int
    }

    /// The schema.
    package static let schema = StageSchema(
        name: "ingest", summary: "Reads a file of comparisons into the comparison table.",
        discussion: IngestPage.discussion,
        inputs: [InputPort("file", .one, "A file of comparisons: CSV, Parquet, Arrow or JSON.")],
        outputs: [
            OutputPort("rows", "rows.parquet", "The comparison table."),
            OutputPort("rejects", "rejects.parquet", "Rows not taken: row, id, reason, text."),
            OutputPort(
                "report", "report.json", "Counts of rows, reasons, rules, labels, turns, languages, models."),
        ],
        parameters: [
            Parameter(
                "format", .choice(["auto"] + IngestFormat.allCases.map(\.rawValue)), default: "auto",
                "The file's layout; auto looks at the content."),
            Parameter(
                "source", .optional(.string), default: .null,
                "What to call where the rows come from; null takes the file's own column, else the format's name."
            ),
            Parameter(
                "labels", .choice(["auto", "required", "optional"]), default: "auto",
                "required rejects rows without a winner, optional leaves them without a label; auto requires them where "
                    + "the file says who won, but in canonical and json."),
            Parameter(
                "maximumCellBytes", .integer(1_024...1_073_741_824), default: 67_108_864,
                "The most bytes of one cell."),
            Parameter(
                "maximumRejects", .number(0...1), default: 0.5,
                "The share of rows that may be rejected before the stage fails."),
            Parameter(
                "dropUnicodeEscapes", .boolean, default: false,
                "Reject rows whose decoded texts hold a backslash, u and four hexadecimal digits."),
            Parameter(
                "guessLanguage", .boolean, default: true, "Guess the language by script where none is named."),
            Parameter(
                "judges", .choice(IngestRules.Judges.allCases.map(\.rawValue)), default: "all",
                "mt-bench: whose judgements are taken."),
            Parameter(
                "onePerPrompt", .boolean, default: true,
                "ultrafeedback: of the rows of one prompt take the one with the largest gap between its ratings."
            ),
            Parameter(
                "exchangeSides", .boolean, default: true,
                "Where the file always puts the winner first: exchange each row's sides with probability ½."),
            Parameter(
                "seed", .anyInteger, default: 42,
                "What the exchange of sides depends on, with the row's number."),
        ])

    /// Reads the file and writes table, rejects and report.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let path = try context.input("file")
        let format = try IngestFormat(rawValue: parameters.format) ?? .detect(path)
        var rules = IngestRules(
            labels: parameters.labels == "required" ? .required : .optional, source: parameters.source,
            defaultSource: format.rawValue, maximumCellBytes: parameters.maximumCellBytes,
            dropsUnicodeEscapes: parameters.dropUnicodeEscapes, guessesLanguage: parameters.guessLanguage)
        rules.judges = parameters.judges
        rules.takesOnePerPrompt = parameters.onePerPrompt
        rules.exchangesSides = parameters.exchangeSides
        rules.seed = parameters.seed
        var output = try IngestOutput(rows: context.output("rows"), threads: context.threads)
        let reading = IngestReading(
            path: path, format: format, rules: rules, requestedLabels: parameters.labels,
            threads: context.threads)
        try reading.run { batch in
            try output.append(batch)
            context.progress(output.taken + output.rejected, of: nil)
        }
        try output.close(rejects: context.output("rejects"))
        try FileContents.write(output.report(format: format).json + "\n", to: context.output("report"))
        let total = output.taken + output.rejected
        guard total > 0 else { throw StageFailure("the file has no rows") }
        guard Double(output.failed) <= parameters.maximumRejects * Double(total) else {
            throw StageFailure(
                "\(output.failed) of \(total) rows were rejected: \(output.reasonsInWords). "
                    + "Is '\(format.rawValue)' the right format? Else raise maximumRejects")
        }
        context.metric("rows", output.taken)
        context.metric("rejected", output.rejected)
        for (name, count) in output.counts { context.metric(name, count) }
        if output.rejected > 0 {
            context.log("rejected \(output.rejected) of \(total) rows: \(output.reasonsInWords)")
        }
    }
}
