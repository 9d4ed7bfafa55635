import Files
import FoundationEssentials
import TestSupport
import Testing

@testable import Columns

/// Every type of Arrow, encoding and pattern of nulls, as References/matrix.py has written them with pyarrow, polars and DuckDB:
/// the values are those that pyarrow reads.
///
/// If `SLUICE_TABLES` names a folder that References/random_tables.py has made, the tables in it are tested, too.
@Suite struct MatrixTests {
    private static let folder = FilePath(#filePath).parent.appending("Fixtures")

    private static let names = [
        "matrix.arrow", "matrix.parquet", "matrix-polars.arrow", "matrix-polars.parquet",
        "matrix-duckdb.parquet",
    ]

    /// The rows of each column of a file.
    private func expected(_ name: String) throws -> [(column: String, rows: [String])] {
        try Self.expected(in: Self.folder)[name] ?? []
    }

    /// The rows of each column of each file in a folder.
    private static func expected(in folder: FilePath) throws -> [String: [(column: String, rows: [String])]] {
        let text = String(
            decoding: try FileContents.read(folder.appending("matrix.txt"), limit: 1 << 30), as: UTF8.self)
        var files: [String: [(column: String, rows: [String])]] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let rows = fields[2].split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            // What is shown of no rows is what is shown of one empty text.
            files[fields[0], default: []].append((fields[1], rows))
        }
        return files
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["SLUICE_TABLES"] != nil))
    func randomTablesMatchPyArrow() throws {
        let name = try #require(ProcessInfo.processInfo.environment["SLUICE_TABLES"])
        let folder = FilePath(name)
        let files = try Self.expected(in: folder)
        #expect(files.count > 100)
        for (file, columns) in files.sorted(by: { $0.key < $1.key }) {
            do {
                let table = try Table.read(folder.appending(file))
                for (name, rows) in columns {
                    let column = try #require(table[name], "\(file), \(name)")
                    let found = (0..<column.count).map { Shown.value(column, $0) }
                    #expect(found == rows || (found.isEmpty && rows == [""]), "\(file), \(name)")
                }
            } catch {
                Issue.record("\(file): \(error)")
            }
        }
    }

    @Test(arguments: names) func valuesAndNullsMatchPyArrow(name: String) throws {
        let expected = try expected(name)
        #expect(expected.count > 30)
        let whole = try Table.read(Self.folder.appending(name))
        for (column, rows) in expected {
            let values = try #require(whole[column], "\(column)")
            #expect(values.count == rows.count, "\(column)")
            for row in rows.indices {
                let found = Shown.value(values, row)
                #expect(found == rows[row], "\(column), row \(row): \(found), not \(rows[row])")
            }
        }
    }

    @Test(arguments: names) func batchesAreTheRowsInOrder(name: String) throws {
        let reader = try TableReader(Self.folder.appending(name), batchRows: 4)
        var found: [String: [String]] = [:]
        while let batch = try reader.next() {
            for (field, column) in zip(batch.schema.fields, batch.columns) {
                #expect(column.count == batch.rowCount, "\(field.name)")
                found[field.name, default: []] += (0..<batch.rowCount).map { Shown.value(column, $0) }
            }
        }
        for (column, rows) in try expected(name) {
            #expect(found[column] == rows, "\(column)")
        }
    }

    @Test func unsupportedValuesAreAnErrorIfTheyAreUsed() throws {
        let table = try Table.read(Self.folder.appending("foreign.arrow"))
        #expect(try table.strings("id").count == 3)
        let error = #expect(throws: ColumnsError.self) { try table.strings("union") }
        #expect(
            error?.message == "column 'union' should contain text, but contains values of a union of types")
        let interval = #expect(throws: ColumnsError.self) { try table.integers("interval") }
        #expect(
            interval?.message == "column 'interval' should contain integers, but contains calendar intervals")
        try withTemporaryFolder { folder in
            let failure = #expect(throws: ColumnsError.self) { try table.write(to: folder.appending("copy")) }
            #expect(failure?.message.contains("column 'union' holds values of a union of types") == true)
        }
        let some = try Table.read(Self.folder.appending("foreign.arrow"), columns: ["id"])
        #expect(try some.strings("id")[2] == "c")
    }

    @Test(
        arguments: [
            ([0, 0, 0, 0], 2, "0.00"), ([0xFF, 0xFF, 0xFF, 0xFF], 2, "-0.01"),
            ([0, 0, 0, 0x80], 0, "-2147483648"),
            ([0xFF, 0xFF, 0xFF, 0x7F], 3, "2147483.647"), ([5, 0, 0, 0], -3, "5000"),
            ([0, 0, 0, 0], -3, "0"),
            (
                [UInt8](repeating: 0, count: 31) + [0x80], 0,
                "-57896044618658097711785492504343953926634992332820282019728792003956564819968"
            ),
        ] as [([UInt8], Int, String)])
    func decimalsKeepTheirDigits(bytes: [UInt8], scale: Int, text: String) {
        #expect(DecimalTexts.text(bytes, scale: scale) == text)
    }
}
