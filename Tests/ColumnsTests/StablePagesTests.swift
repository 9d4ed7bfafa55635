import Columns
import Files
import TestSupport
import Testing

/// Tables change a little if rows do.
struct StablePagesTests {
    private static let count = 12_000

    /// Rows with ids, texts, words of a few kinds and numbers, each determined by its number.
    private static func table(_ rows: [Int]) throws -> Table {
        func text(_ row: Int) -> String {
            var state = UInt64(row) &* 0x9E37_79B9_7F4A_7C15 | 1
            return (0..<60).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return String(state >> 40, radix: 36)
            }.joined(separator: " ")
        }
        return try Table([
            ("id", .string(StringColumn(rows.map { "row-\($0)" }))),
            ("source", .string(StringColumn(rows.map { "source \($0 % 5)" }))),
            ("text", .list(ListColumn(strings: rows.map { [text($0), nil] }))),
            ("number", .floating(FloatingColumn(rows.map { Double($0 &* 7_919 % 65_537) / 65_537 }))),
        ])
    }

    /// The compressed pages of a Parquet file: each is a frame of zstd.
    private static func pages(_ rows: [Int]) throws -> Set<[UInt8]> {
        try withTemporaryFolder { folder in
            let path = folder.appending("table.parquet")
            try table(rows).write(to: path)
            let bytes = try FileContents.read(path)
            let starts = places(of: [0x28, 0xB5, 0x2F, 0xFD], in: bytes)
            // Without what is between a page and the next one's header, which holds the sizes of that one.
            return Set(
                zip(starts, starts.dropFirst() + [bytes.count]).map { Array(bytes[$0..<max($0, $1 - 64)]) })
        }
    }

    /// Those of the table that is changed.
    private static let old = Result { try pages(Array(0..<count)) }

    private func size(_ pages: Set<[UInt8]>) -> Int { pages.reduce(0) { $0 + $1.count } }

    @Test(arguments: [0.0, 0.3])
    func insertedRowsChangeThePagesAroundThemOnly(_ place: Double) throws {
        let rows = Array(0..<Self.count)
        let old = try Self.old.get()
        let at = Int(place * Double(Self.count))
        let new = try Self.pages(rows[..<at] + Array(100_000..<100_000 + Self.count / 100) + rows[at...])
        #expect(size(old) > 1_500_000)
        let growth = Double(size(new.subtracting(old))) / Double(size(old))
        #expect(growth < 0.4, "1 % more rows change \(growth * 100) % of the bytes")
    }

    @Test func aChangedRowChangesThePagesAroundItOnly() throws {
        let rows = Array(0..<Self.count)
        let old = try Self.old.get()
        let new = try Self.pages(rows[..<5_000] + [200_000] + rows[5_001...])
        #expect(Double(size(new.subtracting(old))) / Double(size(old)) < 0.15)
    }
}
