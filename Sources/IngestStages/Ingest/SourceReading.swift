import Columns
import Files
import ParallelPipelines
import StageKit

/// Reads the records of a source's file, whether a table, CSV or JSON, and turns them into rows.
struct SourceReading: Sendable {
    private let path: FilePath
    private let type: any SourceAdapter.Type
    private let rules: IngestRules
    private let threads: Int

    init(_ path: FilePath, _ type: any SourceAdapter.Type, _ rules: IngestRules, threads: Int) {
        self.path = path
        self.type = type
        self.rules = rules
        self.threads = threads
    }

    /// Reads the whole file; `take` receives the batches in the file's order.
    func run(_ take: (IngestBatch) throws -> Void) throws {
        let adapter = type.init(rules: rules)
        let chosen = try chosenRows(adapter)
        let rules = rules
        try read({ records in SourceReading.batch(records, adapter, rules, chosen) }, take)
    }

    private static func batch(
        _ records: RecordPiece, _ adapter: any SourceAdapter, _ rules: IngestRules, _ chosen: RankedRows
    ) -> IngestBatch {
        var batch = IngestBatch(rules)
        records.forEach { row, record in
            switch record {
            case .failure(let reject): batch.add(row: row, reject)
            case .success(let record):
                for part in 0..<adapter.parts(of: record) {
                    batch.add(row: row) { (draft) throws(Reject) in
                        try adapter.fill(&draft, record, row: row, part: part)
                        guard !chosen.losers.contains(row) else { throw Reject(.smallerGap) }
                    }
                }
            }
        }
        return batch
    }

    /// The rows that lose to another one with the same key.
    private struct RankedRows: Sendable {
        var losers = Set<Int>()
    }

    /// Reads the file once for the ranks of its records, if they have any.
    private func chosenRows(_ adapter: any SourceAdapter) throws -> RankedRows {
        guard type.isRanked, rules.takesOnePerPrompt else { return RankedRows() }
        var best: [[UInt8]: (row: Int, rank: Double)] = [:]
        var ranked = RankedRows()
        let rank: @Sendable (RecordPiece) -> [(row: Int, key: [UInt8], rank: Double)] = { records in
            var found: [(row: Int, key: [UInt8], rank: Double)] = []
            records.forEach { row, record in
                guard case .success(let record) = record, let rank = adapter.rank(record) else { return }
                found.append((row, rank.key, rank.rank))
            }
            return found
        }
        try read(rank) { found in
            for (row, key, rank) in found {
                guard let other = best[key] else {
                    best[key] = (row, rank)
                    continue
                }
                if rank > other.rank { best[key] = (row, rank) }
                ranked.losers.insert(rank > other.rank ? other.row : row)
            }
        }
        return ranked
    }

    /// Reads the file's pieces, converts them on all threads, and passes the results on in order.
    private func read<Result: Sendable>(
        _ convert: @escaping @Sendable (RecordPiece) throws -> Result, _ take: (Result) throws -> Void
    ) throws {
        let names = type.required + type.optional
        switch try SourceFile.content(of: path) {
        case .table:
            let known = try TableReader.schema(of: path).names
            let reader = try TableReader(
                path, columns: names.filter { known.contains($0) }, batchRows: 2_048)
            var first = 1
            let next: () throws -> RecordPiece? = {
                guard let table = try reader.next() else { return nil }
                defer { first += table.rowCount }
                return .table(table, firstRow: first)
            }
            try ParallelPipeline.run(threads: threads, next: next, convert: convert, take: take)
        case .text:
            var file = try CSVFile(path, recordLimit: rules.maximumCellBytes * 8 + (1 << 20))
            let header = try file.readHeader()
            let wanted = header.indices.filter { names.contains(header[$0]) }.map { (header[$0], $0) }
            let next: () throws -> RecordPiece? = {
                try file.next().map { .csv($0, wanted, header: header) }
            }
            try ParallelPipeline.run(threads: threads, next: next, convert: convert, take: take)
        case .json:
            let wanted = Set(names)
            var file = try JSONLinesFile(path, recordLimit: rules.maximumCellBytes * 8 + (1 << 20))
            let next: () throws -> RecordPiece? = { try file.next().map { .json($0, wanted) } }
            try ParallelPipeline.run(threads: threads, next: next, convert: convert, take: take)
        }
    }
}
