import Files
package import StageKit
package import StageSchemas

/// Reads one file of comparisons, in one of several layouts, into the comparison table.
package enum Ingest: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("The file's layout; auto looks at the content.")
        var format = Automatic<IngestFormat>.automatic

        @Setting(
            "What to call where the rows come from; null takes the file's own column, else the format's name."
        )
        var source: String?

        @Setting(
            "required rejects rows without a winner, optional leaves them without a label; auto requires them where "
                + "the file says who won, but in canonical and json.")
        var labels = Automatic<IngestRules.RequestedLabels>.automatic

        @Setting(1_024...1_073_741_824, "The most bytes of one cell.")
        var maximumCellBytes = 67_108_864

        @Setting(0...1, "The share of rows that may be rejected before the stage fails.")
        var maximumRejects = 0.5

        @Setting("Reject rows whose decoded texts hold a backslash, u and four hexadecimal digits.")
        var dropUnicodeEscapes = false

        @Setting("Guess the language by script where none is named.")
        var guessLanguage = true

        @Setting("mt-bench: whose judgements are taken.")
        var judges = IngestRules.Judges.all

        @Setting(
            "ultrafeedback: of the rows of one prompt take the one with the largest gap between its ratings.")
        var onePerPrompt = true

        @Setting("Where the file always puts the winner first: exchange each row's sides with probability ½.")
        var exchangeSides = true

        @Setting("What the exchange of sides depends on, with the row's number.")
        var seed = 42

        package init() {}
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
        parameters: Parameters.self)

    /// Reads the file and writes table, rejects and report.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let path = try context.input("file")
        let format = try parameters.format.choice ?? .detect(path)
        var rules = IngestRules(
            labels: parameters.labels.choice == .required ? .required : .optional, source: parameters.source,
            defaultSource: format.rawValue, maximumCellBytes: parameters.maximumCellBytes,
            dropsUnicodeEscapes: parameters.dropUnicodeEscapes, guessesLanguage: parameters.guessLanguage)
        rules.judges = parameters.judges
        rules.takesOnePerPrompt = parameters.onePerPrompt
        rules.exchangesSides = parameters.exchangeSides
        rules.seed = parameters.seed
        var output = try IngestOutput(rows: context.output("rows"), threads: context.threads)
        let reading = IngestReading(
            path: path, format: format, rules: rules, requestedLabels: parameters.labels.choice,
            threads: context.threads)
        try reading.run { batch in
            try output.append(batch)
            context.progress(output.taken + output.rejected, of: nil)
        }
        try output.close(rejects: context.output("rejects"))
        try JSONFile.write(output.report(format: format), to: context.output("report"))
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
