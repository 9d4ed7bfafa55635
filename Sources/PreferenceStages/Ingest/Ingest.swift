import Files
public import StageKit
public import StageSchemas

/// Reads one file of comparisons, in one of several layouts, into the comparison table.
public enum Ingest: StageKind {
    /// The parameters.
    public struct Parameters: Decodable, Sendable {
        let format: String
        let source: String?
        let labels: String
        let maximumCellBytes: Int
        let maximumRejects: Double
        let dropUnicodeEscapes: Bool
        let guessLanguage: Bool
    }

    /// The schema.
    public static let schema = StageSchema(
        name: "ingest", summary: "Reads a file of comparisons into the comparison table.",
        discussion: """
            Formats, recognised by content where `format` is `auto`:

            - `kaggle`: the competition's `train.csv` or `test.csv` (RFC 4180), or Parquet with the same columns: `id`, \
            `prompt`, `response_a`, `response_b`, each list as JSON in a text cell (lists in Parquet may be real lists); \
            `model_a`, `model_b`, the three `winner_…` columns, `language`, `source` and `group` where there are any.
            - `arena`: Parquet like `lmsys/chatbot_arena_conversations`: conversations as lists of records. Both kinds of \
            tie count as one, `question_id` becomes the id, user and assistant must take turns, and both sides must \
            have the same prompts.
            - `canonical`: the comparison table, as this stage writes it.
            - `json-lines`: one record per line, or one array of records: `id`, the three lists, and `winner_…` marks or \
            a `label`.

            JSON is read tolerantly: an unpaired surrogate escape becomes U+FFFD, `\\/` is `/`, control characters may \
            stand raw. Nulls and empty texts stay as they are: `pack` decides what becomes of them.

            A row that cannot be taken goes to `rejects` with its number, its id and the reason, never silently: \
            \(RejectReason.allCases.map { "`\($0.rawValue)` (\($0.meaning))" }.joined(separator: ", ")). \
            Of equal ids the first is taken. When more than `maximumRejects` of the rows are rejected the stage fails, as \
            it does on an empty file, one that ends inside a quoted field, missing columns, and damaged Parquet.

            Where the data names no language, `language` is guessed by script: a language's code where one language \
            dominates a script (`zh`, `ja`, `ko`, `th`, `he`, `el`, `hi` …), else the script's name (`latin`, `cyrillic`, \
            `arabic`): the guess cannot tell English from French.
            """,
        inputs: [InputPort("file", .one, "A file of comparisons: CSV, Parquet, Arrow or JSON lines.")],
        outputs: [
            OutputPort("rows", "rows.parquet", "The comparison table."),
            OutputPort("rejects", "rejects.parquet", "Rows not taken: row, id, reason, text."),
            OutputPort("report", "report.json", "Counts of rows, reasons, labels, turns, languages."),
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
                "required rejects rows without a winner, optional leaves them without a label; "
                    + "auto requires them where a kaggle or arena file has the columns."),
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
        ])

    /// Reads the file and writes table, rejects and report.
    public static func run(_ parameters: Parameters, in context: StageContext) throws {
        let path = try context.input("file")
        let format = try IngestFormat(rawValue: parameters.format) ?? .detect(path)
        let rules = IngestRules(
            labels: parameters.labels == "required" ? .required : .optional, source: parameters.source,
            defaultSource: format.rawValue, maximumCellBytes: parameters.maximumCellBytes,
            dropsUnicodeEscapes: parameters.dropUnicodeEscapes, guessesLanguage: parameters.guessLanguage)
        var output = try IngestOutput(rows: context.output("rows"))
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
        guard Double(output.rejected) <= parameters.maximumRejects * Double(total) else {
            throw StageFailure(
                "\(output.rejected) of \(total) rows were rejected: \(output.reasonsInWords). "
                    + "Is '\(format.rawValue)' the right format? Else raise maximumRejects")
        }
        context.metric("rows", output.taken)
        context.metric("rejected", output.rejected)
        if output.rejected > 0 {
            context.log("rejected \(output.rejected) of \(total) rows: \(output.reasonsInWords)")
        }
    }
}
