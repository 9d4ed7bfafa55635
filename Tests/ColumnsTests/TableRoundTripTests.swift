import Columns
import Files
import TestSupport
import Testing

@Suite struct TableRoundTripTests {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private func texts(_ count: Int, _ generator: inout Generator) -> [String?] {
        let pieces = ["", "a", "line\nbreak", "quote\"d", "comma,", "日本語", "🙂", "\u{0}", "e\u{301}"]
        return (0..<count).map { _ in
            Int.random(in: 0..<5, using: &generator) == 0
                ? nil
                : (0..<Int.random(in: 0..<4, using: &generator)).map { _ in
                    pieces.randomElement(using: &generator) ?? ""
                }.joined()
        }
    }

    private func table(rows: Int, seed: UInt64) throws -> Table {
        var generator = Generator(state: seed)
        func maybe<Value>(_ value: Value) -> Value? {
            Int.random(in: 0..<6, using: &generator) == 0 ? nil : value
        }
        let lengths: [Int?] = (0..<rows).map { _ in maybe(Int.random(in: 0..<4, using: &generator)) }
        let total = lengths.reduce(0) { $0 + ($1 ?? 0) }
        let messages = StructureColumn([
            StructureColumn.Member("role", .string(StringColumn(texts(total, &generator)))),
            StructureColumn.Member("turn", .integer(IntegerColumn((0..<total).map { Int64($0) }))),
        ])
        return try Table([
            ("text", .string(StringColumn(texts(rows, &generator)))),
            (
                "count",
                .integer(
                    IntegerColumn(
                        (0..<rows).map { _ in maybe(Int64.random(in: .min ... .max, using: &generator)) }))
            ),
            (
                "share",
                .floating(
                    FloatingColumn(
                        (0..<rows).map { _ in maybe(Double.random(in: -1...1, using: &generator)) }))
            ),
            ("flag", .boolean(BooleanColumn((0..<rows).map { _ in maybe(Bool.random(using: &generator)) }))),
            (
                "strings",
                .list(ListColumn(lengths: lengths, elements: .string(StringColumn(texts(total, &generator)))))
            ),
            ("messages", .list(ListColumn(lengths: lengths, elements: .structure(messages)))),
        ])
    }

    /// The table as text, so that two can be compared.
    private func dump(_ column: Column) -> [String] {
        (0..<column.count).map { Shown.value(column, $0) }
    }

    @Test(arguments: [TableFormat.parquet, .arrowFile, .arrowStream], [0, 1, 7, 3000])
    func nestedTablesSurvive(format: TableFormat, rows: Int) throws {
        try withTemporaryFolder { folder in
            let table = try table(rows: rows, seed: UInt64(rows) + 1)
            let path = folder.appending("table")
            try table.write(to: path, format)
            #expect(try TableFormat.detect(path) == format)
            let back = try Table.read(path)
            #expect(back.rowCount == rows)
            #expect(back.schema.names == table.schema.names)
            for (before, after) in zip(table.columns, back.columns) { #expect(dump(before) == dump(after)) }
        }
    }

    @Test func equalTablesGiveEqualBytesAndDifferentOnesDoNot() throws {
        try withTemporaryFolder { folder in
            for (name, seed) in [("a", 1), ("b", 1), ("c", 2)] {
                try table(rows: 500, seed: UInt64(seed)).write(to: folder.appending(name))
            }
            let bytes = try ["a", "b", "c"].map { try FileContents.read(folder.appending($0)) }
            #expect(bytes[0] == bytes[1])
            #expect(bytes[0] != bytes[2])
        }
    }

    @Test func readsSelectedColumnsAndNamesAMissingOne() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("t")
            try table(rows: 10, seed: 3).write(to: path)
            #expect(
                try Table.read(path, columns: ["messages", "text"]).schema.names == ["text", "messages"])
            let error = #expect(throws: ColumnsError.self) { try Table.read(path, columns: ["txt"]) }
            #expect(error?.message.contains("no column 'txt'; its columns are text, count, share") == true)
        }
    }

    @Test func batchesAreBoundedAndComplete() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("t")
            try table(rows: 1000, seed: 4).write(to: path)
            let reader = try TableReader(path, batchRows: 64)
            var total = 0
            while let batch = try reader.next() {
                #expect(batch.rowCount <= 64)
                total += batch.rowCount
            }
            #expect(total == 1000)
        }
    }

    @Test(arguments: [TableFormat.parquet, .arrowFile, .arrowStream])
    func damagedFilesGiveErrorsOrTablesButNeverCrash(format: TableFormat) throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("t")
            try table(rows: 50, seed: 5).write(to: path, format)
            let good = try FileContents.read(path)
            var generator = Generator(state: 99)
            var failures = 0
            for round in 0..<200 {
                var bytes = good
                if round % 4 == 0 {
                    bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator))
                } else {
                    for _ in 0..<3 {
                        bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= UInt8.random(
                            in: 1...255, using: &generator)
                    }
                }
                try FileContents.write(bytes, to: path)
                do { _ = try Table.read(path, format: format) } catch { failures += 1 }
            }
            #expect(failures > 50)
        }
    }
}
