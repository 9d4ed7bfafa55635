import Columns
import Files
import StageKit

/// Takes a file apart into pieces, and turns the pieces into rows on several threads.
struct IngestReading {
    let path: FilePath
    let format: IngestFormat
    let rules: IngestRules
    /// The `labels` parameter.
    let requestedLabels: String
    let threads: Int

    /// Reads the whole file; `take` gets the batches in the file's order.
    func run(_ take: (IngestBatch) throws -> Void) throws {
        let content = try IngestFormat.content(of: path)
        switch (format, content) {
        case (.kaggle, .text): try readCSV(take)
        case (.kaggle, .table), (.arena, .table), (.canonical, .table): try readTable(take)
        case (.jsonLines, .json): try readJSON(take)
        default:
            throw StageFailure(
                "the file is no '\(format.rawValue)' file: "
                    + "it holds \(content == .table ? "a Parquet or Arrow table" : content == .json ? "JSON" : "text")"
            )
        }
    }

    private func readCSV(_ take: (IngestBatch) throws -> Void) throws {
        // Room for the six columns of a row that a cell's limit holds for, and for the quotes that are doubled.
        var file = try CSVFile(path, recordLimit: rules.maximumCellBytes * 8 + (1 << 20))
        let header = try file.readHeader()
        try format.check(columns: header)
        let adapter = try KaggleCSVAdapter(header: header, rules: resolved(columns: header))
        try convert({ try file.next() }, adapter.batch, take)
    }

    private func readTable(_ take: (IngestBatch) throws -> Void) throws {
        let schema = try TableReader(path).schema
        try format.check(columns: schema.names)
        let rules = try resolved(columns: schema.names)
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
        rules.labels = requestedLabels == "required" ? .required : .optional
        let adapter = JSONRecordAdapter(rules: rules)
        var file = try JSONLinesFile(
            path, isArray: JSONLinesFile.isArray(path), recordLimit: rules.maximumCellBytes * 8 + (1 << 20))
        try convert({ try file.next() }, adapter.batch, take)
    }

    /// The rules for a file with these columns.
    private func resolved(columns: [String]) throws -> IngestRules {
        var rules = rules
        let names =
            switch format {
            case .kaggle: IngestFormat.winners
            case .arena: ["winner"]
            case .canonical: ["label"]
            case .jsonLines: [String]()
            }
        let missing = names.filter { !columns.contains($0) }
        guard missing.isEmpty || missing.count == names.count else {
            throw StageFailure(
                "the file has some of the winner's columns, and not \(missing.joined(separator: ", "))")
        }
        if !missing.isEmpty {
            guard requestedLabels != "required" else {
                throw StageFailure(
                    "labels are required, and the file has no column \(missing.joined(separator: ", "))")
            }
            rules.labels = .absent
        } else if requestedLabels == "auto" {
            rules.labels = format == .canonical ? .optional : .required
        }
        return rules
    }

    /// Converts pieces on all threads, and hands the batches on in order.
    private func convert<Piece: Sendable>(
        _ next: () throws -> Piece?, _ batch: @escaping @Sendable (Piece) throws -> IngestBatch,
        _ take: (IngestBatch) throws -> Void
    ) throws {
        try Parallel.pipeline(threads: threads, next: next, convert: batch, take: take)
    }
}
