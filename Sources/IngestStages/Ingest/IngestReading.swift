import Columns
import Files
import ParallelPipelines
import StageKit

/// Splits a file into pieces, and turns the pieces into rows on several threads.
struct IngestReading {
    let path: FilePath
    let format: IngestFormat
    let rules: IngestRules
    /// Whether rows need winners; nil to decide by the file.
    let requestedLabels: IngestRules.RequestedLabels?
    let threads: Int

    /// Reads the whole file; `take` receives the batches in the file's order.
    func run(_ take: (IngestBatch) throws -> Void) throws {
        let content = try SourceFile.content(of: path)
        switch (format, content) {
        case (.kaggle, .text): try readCSV(take)
        case (.kaggle, .table), (.canonical, .table): try readTable(take)
        case (.json, .json): try readJSON(take)
        default:
            guard let adapter = format.adapter else {
                throw StageFailure(
                    "the file is not a '\(format.rawValue)' file: it contains \(content.phrase)")
            }
            let rules = try resolved(columns: columns(content), winners: adapter.winner.map { [[$0]] } ?? [])
            try SourceReading(path, adapter, rules, threads: threads).run(take)
        }
    }

    private func readCSV(_ take: (IngestBatch) throws -> Void) throws {
        var file = try CSVFile(path, recordLimit: recordLimit)
        let header = try file.readHeader()
        try format.check(columns: header)
        var rules = try resolved(columns: header, winners: [IngestFormat.winners, ["winner"], ["label"]])
        let probe = KaggleCSVAdapter(header: header, rules: rules)
        var first = try CSVFile(path, recordLimit: recordLimit)
        _ = try first.readHeader()
        rules.takesPlainTexts = try hasPlainTexts({ try first.next() }, { probe.listRows($0) })
        let adapter = KaggleCSVAdapter(header: header, rules: rules)
        try convert({ try file.next() }, adapter.batch, take)
    }

    private func readTable(_ take: (IngestBatch) throws -> Void) throws {
        let schema = try TableReader.schema(of: path)
        try format.check(columns: schema.names)
        var rules = try resolved(
            columns: schema.names, winners: [IngestFormat.winners, ["winner"], ["label"]])
        let wanted = TableAdapter.columns(format).filter { schema.names.contains($0) }
        let probe = TableAdapter(format: format, rules: rules)
        let beginning = try TableReader(path, columns: wanted, batchRows: 2_048)
        rules.takesPlainTexts = try hasPlainTexts({ try beginning.next() }, { try probe.listRows($0) })
        let reader = try TableReader(path, columns: wanted, batchRows: 2_048)
        let adapter = TableAdapter(format: format, rules: rules)
        var first = 1
        let next: () throws -> (table: Table, firstRow: Int)? = {
            guard let table = try reader.next() else { return nil }
            defer { first += table.rowCount }
            return (table, first)
        }
        try convert(next, { try adapter.batch($0.table, firstRow: $0.firstRow) }, take)
    }

    private func readJSON(_ take: (IngestBatch) throws -> Void) throws {
        var rules = rules
        rules.labels = requestedLabels == .required ? .required : .optional
        let names = try SourceFile.firstNames(ofJSON: path)
        if !names.contains(where: { IngestFormat.winners.contains($0) || IngestFormat.words.contains($0) }) {
            try refuseMisnamedLabel(names)
        }
        let probe = JSONRecordAdapter(rules: rules)
        var first = try JSONLinesFile(path, recordLimit: recordLimit)
        rules.takesPlainTexts = try hasPlainTexts({ try first.next() }, { probe.listRows($0) })
        let adapter = JSONRecordAdapter(rules: rules)
        var file = try JSONLinesFile(path, recordLimit: recordLimit)
        try convert({ try file.next() }, adapter.batch, take)
    }

    /// The columns of a table or a CSV file, which must include those that the format requires; nil for JSON, whose
    /// records may differ.
    private func columns(_ content: SourceFile.Content) throws -> [String]? {
        switch content {
        case .json: return nil
        case .table:
            let names = try TableReader.schema(of: path).names
            try format.check(columns: names)
            return names
        case .text:
            var file = try CSVFile(path, recordLimit: recordLimit)
            let header = try file.readHeader()
            try format.check(columns: header)
            return header
        }
    }

    /// Room for many columns of the maximum size, and for doubled quotes.
    private var recordLimit: Int { rules.maximumCellBytes * 8 + (1 << 20) }

    /// Whether a file's prompts and answers are plain texts: in hardly any row, all three look like lists.
    ///
    /// Files with lists are recognized by their first piece; others are read once more for this.
    private func hasPlainTexts<Piece>(
        _ next: () throws -> Piece?, _ listRows: (Piece) throws -> (rows: Int, lists: Int)
    ) throws -> Bool {
        var all = (rows: 0, lists: 0)
        while let piece = try next() {
            let found = try listRows(piece)
            if all.rows == 0 && found.lists * 2 > found.rows { return false }
            all = (all.rows + found.rows, all.lists + found.lists)
        }
        return all.rows > 0 && all.lists * 100 <= all.rows
    }

    /// The rules for a file with these columns; nil for JSON records, which may differ.
    ///
    /// - Parameter winners: the columns that may contain the winner; those of one list belong together.
    private func resolved(columns: [String]?, winners: [[String]]) throws -> IngestRules {
        var rules = rules
        guard let columns else {
            rules.labels = requestedLabels == .optional ? .optional : .required
            return rules
        }
        var found = winners.isEmpty
        for names in winners {
            let missing = names.filter { !columns.contains($0) }
            guard missing.isEmpty || missing.count == names.count else {
                throw StageFailure(
                    "the file has only some of the winner's columns; missing: \(missing.joined(separator: ", "))"
                )
            }
            found = found || missing.isEmpty
        }
        if !found {
            guard requestedLabels != .required else {
                let names = winners.map { $0.joined(separator: ", ") }.joined(separator: "; or ")
                throw StageFailure("labels are required, but the file has no column for them: \(names)")
            }
            try refuseMisnamedLabel(columns)
            rules.labels = .absent
        } else if requestedLabels == nil {
            rules.labels = format == .canonical ? .optional : .required
        }
        return rules
    }

    /// If a label column were ignored, the rows would silently be unlabeled.
    private func refuseMisnamedLabel(_ columns: [String]) throws(StageFailure) {
        guard requestedLabels != .optional, let name = ColumnAdvice.misnamedLabel(columns) else { return }
        throw StageFailure(
            "the column '\(name)' looks like the winner, but winners are read from winner_model_a, winner_model_b and "
                + "winner_tie, from winner, or from label. Rename it, or set labels: optional to leave rows unlabeled"
        )
    }

    /// Converts pieces on all threads, and passes the batches on in order.
    private func convert<Piece: Sendable>(
        _ next: () throws -> Piece?, _ batch: @escaping @Sendable (Piece) throws -> IngestBatch,
        _ take: (IngestBatch) throws -> Void
    ) throws {
        try ParallelPipeline.run(threads: threads, next: next, convert: batch, take: take)
    }
}
