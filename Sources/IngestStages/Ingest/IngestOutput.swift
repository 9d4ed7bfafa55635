import Columns
import Comparisons
import Files
import StageKit
import StageSchemas

/// Writes accepted and rejected rows in the file's order, and counts both.
struct IngestOutput {
    private let writer: TableWriter
    private var identifiers = Set<ShortText>()
    private var rejectRows: [Int64] = []
    private var rejectIdentifiers = StringColumn.Builder()
    private var rejectReasons = StringColumn.Builder()
    private var rejectTexts = StringColumn.Builder()
    private var rejectColumns = StringColumn.Builder()
    private var rejectCells = StringColumn.Builder()
    /// What is wrong with the first rows of each reason.
    private(set) var examples: [String] = []
    private var labelFields = 0
    private var rejectTable: Table?
    private var reasons: [RejectReason: Int] = [:]
    private var statistics = IngestStatistics()
    private var rules: [String: Int] = [:]

    private static let examplesPerReason = 3

    /// Whether the file has fields for labels, but no row has a label.
    var hasOnlyEmptyLabels: Bool { taken > 0 && labelFields == taken && statistics.labelled == 0 }
    /// The number of accepted rows.
    private(set) var taken = 0
    /// The number of rejected rows.
    var rejected: Int { rejectRows.count }
    /// The number of rows rejected because something is wrong with them.
    var failed: Int { reasons.reduce(0) { $0 + ($1.key.isChoice ? 0 : $1.value) } }
    /// How many rows were rejected for each reason, and to how many accepted rows each rule was applied, by name.
    var counts: [(name: String, count: Int)] {
        RejectReason.allCases.compactMap { reason in
            reasons[reason].map { ("rejected." + reason.rawValue, $0) }
        } + AppliedRules.names.compactMap { rule in rules[rule.name].map { ("rule." + rule.name, $0) } }
    }

    init(rows path: FilePath, threads: Int) throws {
        writer = try TableWriter(
            path, schema: ComparisonBuilder().finish().schema, threads: threads)
    }

    /// Adds the rows of a batch, except those whose id an earlier row has.
    mutating func append(_ batch: IngestBatch) throws {
        let (rows, applied) = (batch.rows, batch.rules)
        let table = try batch.table()
        let ids = try table.strings("id")
        var kept: [Int] = []
        kept.reserveCapacity(table.rowCount)
        var rejects = batch.rejects
        for index in 0..<table.rowCount {
            if identifiers.insert(ShortText(ids.utf8(at: index) ?? [])).inserted {
                kept.append(index)
                if applied[index].contains(.labelField) { labelFields += 1 }
                for (rule, name) in AppliedRules.names where applied[index].contains(rule) {
                    rules[name, default: 0] += 1
                }
            } else {
                rejects.append((rows[index], ids[index], Reject(.duplicateIdentifier)))
            }
        }
        for (row, id, reject) in rejects.sorted(by: { $0.row < $1.row }) {
            reasons[reject.reason, default: 0] += 1
            rejectRows.append(Int64(row))
            rejectIdentifiers.append(id)
            rejectReasons.append(reject.reason.rawValue)
            rejectTexts.append(reject.text)
            rejectColumns.append(reject.column)
            rejectCells.append(reject.cell)
            if reasons[reject.reason, default: 0] <= Self.examplesPerReason, !reject.reason.isChoice {
                examples.append(reject.sentence(row: row))
            }
        }
        let chosen = kept.count == table.rowCount ? table : table.selecting(rows: kept)
        statistics.add(try ComparisonTable(chosen))
        taken += chosen.rowCount
        if chosen.rowCount > 0 { try writer.append(chosen) }
    }

    /// Closes the table of rows.
    mutating func close() throws {
        try writer.close()
        rejectTable = try Table([
            ("row", .integer(IntegerColumn(rejectRows))), ("id", .string(rejectIdentifiers.finish())),
            ("reason", .string(rejectReasons.finish())), ("text", .string(rejectTexts.finish())),
            ("column", .string(rejectColumns.finish())), ("cell", .string(rejectCells.finish())),
        ])
    }

    /// The rejected rows, once the table of rows is closed.
    func rejects() throws(StageFailure) -> Table {
        guard let rejectTable else { throw StageFailure("the rejected rows are not complete yet") }
        return rejectTable
    }

    /// The counts for the report.
    func report(format: IngestFormat) -> Value {
        var entries = statistics.report
        entries["format"] = .string(format.rawValue)
        entries["rows"] = .integer(taken)
        entries["rejected"] = .integer(rejected)
        entries["rules"] = .map(rules.mapValues { .integer($0) })
        entries["reasons"] = .map(
            Dictionary(reasons.map { ($0.rawValue, .integer($1)) }) { first, _ in first })
        return .map(entries)
    }

    /// The counts of reasons in words, most frequent first.
    var reasonsInWords: String {
        reasons.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
            .map { "\($0.value) \($0.key.rawValue) (\($0.key.meaning))" }.joined(separator: ", ")
    }
}
