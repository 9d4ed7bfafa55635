import Files
import TestSupport
import Testing

@testable import Columns

/// Every type of Arrow, encoding and pattern of nulls, as References/matrix.py has written them with pyarrow, polars and DuckDB:
/// the values are those that pyarrow reads.
@Suite struct MatrixTests {
    private static let folder = FilePath(#filePath).parent.appending("Fixtures")

    private static let names = [
        "matrix.arrow", "matrix.parquet", "matrix-polars.arrow", "matrix-polars.parquet",
        "matrix-duckdb.parquet",
    ]

    /// The rows of each column of a file.
    private func expected(_ name: String) throws -> [(column: String, rows: [String])] {
        let text = String(decoding: try FileContents.read(Self.folder.appending("matrix.txt")), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields[0] == name else { return nil }
            return (
                fields[1], fields[2].split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            )
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

    @Test func unsupportedValuesAreAnErrorWhereTheyAreUsed() throws {
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
