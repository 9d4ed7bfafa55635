import Columns
import Files
package import StageKit
package import StageSchemas
import Texts

/// Reads a file of comparisons, in one of several layouts, into the comparison table.
package enum Ingest: StageKind {
    /// The parameters.
    package struct Parameters: StageParameters {
        @Setting("The file's layout; auto detects it from the content.")
        var format = Automatic<IngestFormat>.automatic

        @Setting(
            "The name of the source; null uses the file's own column, or else the name of the format."
        )
        var source: String?

        @Setting(
            "required rejects rows without a winner, optional leaves them unlabeled; auto requires them if "
                + "the file has winners, except in canonical and json.")
        var labels = Automatic<IngestRules.RequestedLabels>.automatic

        @Setting(1_024...1_073_741_824, "The maximum size of a cell in bytes.")
        var maximumCellBytes = 67_108_864

        @Setting(0...1, "The share of rows that may be rejected before the stage fails.")
        var maximumRejects = 0.5

        @Setting(
            "Whether to reject rows whose decoded texts contain a backslash, u and four hexadecimal digits.")
        var dropUnicodeEscapes = false

        @Setting("Whether to guess the language by script if the data does not name it.")
        var guessLanguage = true

        @Setting("mt-bench: whose judgments are used.")
        var judges = IngestRules.Judges.all

        @Setting(
            "ultrafeedback: whether to use only the row with the largest rating gap for each prompt.")
        var onePerPrompt = true

        @Setting(
            "For formats that always put the winner first: whether to exchange each row's sides with probability ½."
        )
        var exchangeSides = true

        @Setting("The random seed for exchanging sides, combined with the row number.")
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
            OutputPort(
                "rejects", "rejects.parquet", "Rejected rows: row, id, reason, text, column, cell."),
            OutputPort(
                "report", "report.json", "Counts of rows, reasons, rules, labels, turns, languages, models."),
        ],
        parameters: Parameters.self)

    /// Reads the file and writes the table, the rejects and the report.
    package static func run(_ parameters: Parameters, in context: StageContext) throws {
        let path = try context.input("file")
        var unpacked = path
        do {
            unpacked = try SourceFile.unpacked(path, into: context.scratch)
            try run(parameters, unpacked, path, context)
        } catch {
            // Every message names the file: the original one, not its unpacked copy.
            let message = "\(error)".replacing(text: unpacked.text, with: path.text)
            throw StageFailure(message.contains(text: path.text) ? message : "\(path): \(message)")
        }
    }

    private static func run(
        _ parameters: Parameters, _ unpacked: FilePath, _ path: FilePath, _ context: StageContext
    ) throws {
        let format = try parameters.format.choice ?? .detect(unpacked)
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
            path: unpacked, format: format, rules: rules, requestedLabels: parameters.labels.choice,
            threads: context.threads)
        try reading.run { batch in
            try output.append(batch)
            context.progress(output.taken + output.rejected, of: nil)
        }
        try output.close()
        try output.rejects().write(to: context.output("rejects"))
        try JSONFile.write(output.report(format: format), to: context.output("report"))
        let total = output.taken + output.rejected
        guard total > 0 else { throw StageFailure("the file has no rows") }
        if output.rejected > 0 {
            context.log("\(path): rejected \(output.rejected) of \(total) rows: \(output.reasonsInWords)")
            for example in output.examples { context.log("\(path), \(example)") }
        }
        guard Double(output.failed) <= parameters.maximumRejects * Double(total) else {
            let first = output.examples.first.map { ". The first: \($0)" } ?? ""
            // The outputs of a failed stage are lost, and this folder stays until the stage succeeds.
            let kept = try context.resumeFolder().appending("rejects.parquet")
            try output.rejects().write(to: kept)
            throw StageFailure(
                "\(path): \(output.failed) of \(total) rows were rejected: \(output.reasonsInWords)\(first). "
                    + "Is '\(format.rawValue)' the right format? Otherwise, raise maximumRejects. "
                    + "All rejected rows: \(kept)")
        }
        guard parameters.labels.choice != nil || !output.hasOnlyEmptyLabels else {
            throw StageFailure(
                "the file has a field for labels, but no row has one; set labels: optional if that is right")
        }
        context.metric("rows", output.taken)
        context.metric("rejected", output.rejected)
        for (name, count) in output.counts { context.metric(name, count) }
    }
}
