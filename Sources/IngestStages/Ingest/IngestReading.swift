import Columns
import Files
import ParallelPipelines
import StageKit

/// Takes a file apart into pieces, and turns the pieces into rows on several threads.
struct IngestReading {
    let path: FilePath
    let format: IngestFormat
    let rules: IngestRules
    /// What is asked of winners; nil to go by the file.
    let requestedLabels: IngestRules.RequestedLabels?
    let threads: Int

    /// Reads the whole file; `take` gets the batches in the file's order.
    func run(_ take: (IngestBatch) throws -> Void) throws {
        let content = try SourceFile.content(of: path)
        switch (format, content) {
        case (.kaggle, .text): try readCSV(take)
        case (.kaggle, .table), (.canonical, .table): try readTable(take)
        case (.json, .json): try readJSON(take)
        default:
            guard let adapter = format.adapter else {
                throw StageFailure("the file is no '\(format.rawValue)' file: it holds \(content.phrase)")
            }
            let rules = try resolved(columns: columns(content), winner: adapter.winner.map { [$0] } ?? [])
            try SourceReading(path, adapter, rules, threads: threads).run(take)
        }
    }

    private func readCSV(_ take: (IngestBatch) throws -> Void) throws {
        // Room for the six columns of a row that a cell's limit holds for, and for the quotes that are doubled.
        var file = try CSVFile(path, recordLimit: rules.maximumCellBytes * 8 + (1 << 20))
        let header = try file.readHeader()
        try format.check(columns: header)
        let adapter = try KaggleCSVAdapter(
            header: header, rules: resolved(columns: header, winner: winner(header)))
        try convert({ try file.next() }, adapter.batch, take)
    }

    private func readTable(_ take: (IngestBatch) throws -> Void) throws {
        let schema = try TableReader(path).schema
        try format.check(columns: schema.names)
        let rules = try resolved(columns: schema.names, winner: winner(schema.names))
        let wanted = TableAdapter.columns(format).filter { schema.names.contains($0) }
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
        let adapter = JSONRecordAdapter(rules: rules)
        var file = try JSONLinesFile(path, recordLimit: rules.maximumCellBytes * 8 + (1 << 20))
        try convert({ try file.next() }, adapter.batch, take)
    }

    /// The columns of a table or a CSV file, which must have those that the format needs; nil for JSON, whose records may differ.
    private func columns(_ content: SourceFile.Content) throws -> [String]? {
        switch content {
        case .json: return nil
        case .table:
            let names = try TableReader(path).schema.names
            try format.check(columns: names)
            return names
        case .text:
            var file = try CSVFile(path, recordLimit: rules.maximumCellBytes * 8 + (1 << 20))
            let header = try file.readHeader()
            try format.check(columns: header)
            return header
        }
    }

    /// The columns that say who won: the three marks, or the word in `label` where that is there instead.
    private func winner(_ columns: [String]) -> [String] {
        let hasLabel = columns.contains("label") && !columns.contains(IngestFormat.winners[0])
        return format == .canonical || hasLabel ? ["label"] : IngestFormat.winners
    }

    /// The rules for a file with these columns.
    ///
    /// - Parameter names: the columns that say who won.
    private func resolved(columns: [String]?, winner names: [String]) throws -> IngestRules {
        var rules = rules
        guard let columns else {
            rules.labels = requestedLabels == .optional ? .optional : .required
            return rules
        }
        let missing = names.filter { !columns.contains($0) }
        guard missing.isEmpty || missing.count == names.count else {
            throw StageFailure(
                "the file has some of the winner's columns, and not \(missing.joined(separator: ", "))")
        }
        if !missing.isEmpty {
            guard requestedLabels != .required else {
                throw StageFailure(
                    "labels are required, and the file has no column \(missing.joined(separator: ", "))")
            }
            rules.labels = .absent
        } else if requestedLabels == nil {
            rules.labels = format == .canonical ? .optional : .required
        }
        return rules
    }

    /// Converts pieces on all threads, and hands the batches on in order.
    private func convert<Piece: Sendable>(
        _ next: () throws -> Piece?, _ batch: @escaping @Sendable (Piece) throws -> IngestBatch,
        _ take: (IngestBatch) throws -> Void
    ) throws {
        try ParallelPipeline.run(threads: threads, next: next, convert: batch, take: take)
    }
}
