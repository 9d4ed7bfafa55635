import Columns
import Files
import TestSupport
import Testing

@Suite struct RowGroupTests {
    private func table(rows: Int, seed: Int) throws -> Table {
        var turns = StringColumn.Builder()
        let long = String(repeating: "x", count: 40_000)
        for row in 0..<rows {
            turns.append("turn \(seed) \(row) " + long)
            turns.append(row % 7 == 0 ? nil : "")
        }
        return try Table([
            ("id", .integer(IntegerColumn((0..<rows).map { Int64($0) }))),
            (
                "turns",
                .list(
                    ListColumn(lengths: .init(repeating: 2, count: rows), elements: .string(turns.finish())))
            ),
        ])
    }

    private func write(_ tables: [Table], to path: FilePath, threads: Int?) throws -> [UInt8] {
        let writer = try TableWriter(path, schema: tables[0].schema, threads: threads)
        for table in tables { try writer.append(table) }
        try writer.close()
        return try FileContents.read(path)
    }

    /// One batch that is cut into several groups, and batches that are put together in groups.
    @Test(arguments: [[1200], [100, 150, 200, 50, 1, 300]])
    func manyRowGroupsContainTheSameRows(_ sizes: [Int]) throws {
        try withTemporaryFolder { folder in
            let tables = try sizes.enumerated().map { try table(rows: $1, seed: $0) }
            let bytes = try write(tables, to: folder.appending("a"), threads: nil)
            for threads in [1, 2, 3] {
                #expect(try write(tables, to: folder.appending("b"), threads: threads) == bytes)
            }
            let found = try Table.read(folder.appending("b"))
            let (expected, got) = try (Table.concatenating(tables).lists("turns"), found.lists("turns"))
            #expect(found.rowCount == sizes.reduce(0, +))
            for row in 0..<found.rowCount { #expect(got.strings(at: row) == expected.strings(at: row)) }
            let ids = tables.flatMap { table in (0..<table.rowCount).map { Int64($0) } }
            #expect(try found.integers("id").values == ids)
        }
    }

    /// A device that takes no bytes.
    private static let full = FilePath("/dev/full")

    @Test(.enabled(if: FileSystem.exists(full)), arguments: [1, 2])
    func aFullDiskIsAnError(threads: Int) throws {
        let table = try table(rows: 600, seed: 0)
        #expect(throws: ColumnsError.self) {
            let writer = try TableWriter(Self.full, schema: table.schema, threads: threads)
            try writer.append(table)
            try writer.append(table)
            try writer.close()
        }
    }
}
