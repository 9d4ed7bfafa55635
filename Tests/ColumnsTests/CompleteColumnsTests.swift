import Files
import TestSupport
import Testing

@testable import Columns

/// Columns that need a value in every row, and files that are no tables.
@Suite struct CompleteColumnsTests {
    @Test func aNullIsNotZero() throws {
        let table = try Table([
            ("number", .floating(FloatingColumn([1, nil, 3]))),
            ("count", .integer(IntegerColumn([1, 2, nil]))),
            ("flag", .boolean(BooleanColumn([nil, true, false]))),
            ("text", .string(StringColumn(["", nil, "a"]))),
            ("nothing", .null(count: 3)),
        ])
        func row(_ read: () throws -> Any) -> String? {
            do {
                _ = try read()
                return nil
            } catch { return (error as? ColumnsError)?.message }
        }
        #expect(
            row { try table.completeFloats("number") }
                == "column 'number' is null in row 2, but needs a value in every row")
        #expect(row { try table.completeIntegers("count") }?.contains("row 3") == true)
        #expect(row { try table.completeBooleans("flag") }?.contains("row 1") == true)
        #expect(row { try table.completeStrings("text") }?.contains("row 2") == true)
        #expect(row { try table.completeFloats("nothing") }?.contains("row 1") == true)
        // Integers are numbers, too.
        #expect(row { try table.completeFloats("count") }?.contains("row 3") == true)
        let whole = table.selecting(rows: [2])
        #expect(try whole.completeFloats("number")[0] == 3 && whole.completeStrings("text")[0] == "a")
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x69, 0, 0x64, 0, 0x0A, 0], "UTF-16"), (Array("<html><body>".utf8), "an HTML page"),
            ([0x1F, 0x8B, 8, 0, 0], "is compressed; unpack it"),
            (Array("PK\u{3}\u{4}".utf8), "is compressed; unpack it"),
            ([1, 2, 3, 0], "neither text nor a table"),
        ] as [([UInt8], String)])
    func whatIsNoTableIsNamed(bytes: [UInt8], name: String) throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("rows.csv")
            try FileContents.write(bytes, to: path)
            let error = #expect(throws: ColumnsError.self) { try Table.read(path) }
            #expect(error?.message.contains(name) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("rows.csv") == true)
        }
    }

    @Test(arguments: ["uuids.arrow", "uuids.parquet", "uuids-duckdb.parquet"])
    func universallyUniqueIdentifiersAreTexts(name: String) throws {
        let table = try Table.read(FilePath(#filePath).parent.appending("Fixtures").appending(name))
        let ids = try table.strings("id")
        #expect(
            (0..<ids.count).map { ids[$0] } == [
                "00000000-0000-0000-0000-000000000001", nil, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            ])
        // Sixteen bytes that say nothing of themselves stay bytes.
        if let plain = table["plain"] { #expect(plain.type == .binary) }
    }

    @Test func datesAndTimesAreMarked() throws {
        let file = FilePath(#filePath).parent.appending("Fixtures/matrix.arrow")
        let schema = try TableReader(file).schema
        for name in [
            "date32/some", "date64/some", "timestamp-us/some", "timestamp-zone/all", "time32-s/some",
            "duration-ns/some",
            "dictionary-int32-date32/some", "runs-timestamp-us/some",
        ] { #expect(schema.holdsTimes(name), "\(name)") }
        for name in [
            "int64/some", "uint64/some", "dictionary-int32-int64/some", "runs-int64/some", "list/some",
            "none",
        ] {
            #expect(!schema.holdsTimes(name), "\(name)")
        }
    }
}
