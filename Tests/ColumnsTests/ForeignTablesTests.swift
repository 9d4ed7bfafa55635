import Columns
import Files
import TestSupport
import Testing

/// Tables that another program has written: References/tables.py.
@Suite struct ForeignTablesTests {
    private static let folder = FilePath(#filePath).parent.appending("Fixtures")

    private static let names = [
        "none.parquet", "snappy.parquet", "gzip.parquet", "brotli.parquet", "lz4.parquet", "zstd.parquet",
        "plain.parquet", "pages-2.parquet", "delta.parquet", "table.file.arrow", "table.stream.arrow",
    ]

    private func lines(_ table: Table) -> [String] {
        (0..<table.rowCount).map { row in table.columns.map { Shown.value($0, row) }.joined(separator: "|") }
    }

    private func expected() throws -> [String] {
        try read(Self.folder.appending("rows.txt")).split(separator: "\n").map(String.init)
    }

    @Test(arguments: names) func everyCodecAndEncodingIsRead(name: String) throws {
        let table = try Table.read(Self.folder.appending(name))
        #expect(
            table.schema.names == [
                "id", "small", "share", "flag", "text", "kind", "bytes", "day", "tags", "turns", "nested",
                "record",
            ])
        #expect(lines(table) == (try expected()))
    }

    @Test(arguments: names) func batchesAreTheRowsInOrder(name: String) throws {
        let reader = try TableReader(Self.folder.appending(name), batchRows: 7)
        var found: [String] = []
        while let batch = try reader.next() {
            #expect(batch.rowCount > 0 && batch.rowCount <= 10)
            found += lines(batch)
        }
        #expect(found == (try expected()))
    }

    /// What is written from it is read back by the same code, and again the same.
    @Test(arguments: [TableFormat.parquet, .arrowFile, .arrowStream])
    func whatWasReadCanBeWritten(format: TableFormat) throws {
        try withTemporaryFolder { folder in
            let table = try Table.read(Self.folder.appending("delta.parquet"))
            try table.write(to: folder.appending("copy"), format)
            #expect(lines(try Table.read(folder.appending("copy"))) == (try expected()))
        }
    }

    @Test(arguments: names) func aShortenedFileIsAnErrorThatNamesIt(name: String) throws {
        try withTemporaryFolder { folder in
            let bytes = try FileContents.read(Self.folder.appending(name))
            let path = folder.appending(name)
            try FileContents.write(Array(bytes.prefix(bytes.count * 2 / 3)), to: path)
            let error = #expect(throws: ColumnsError.self) { try Table.read(path) }
            #expect(error?.message.contains(name) == true)
        }
    }
}
