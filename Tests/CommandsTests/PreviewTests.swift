import Columns
import Files
import TestSupport
import Testing

@testable import Commands

private func preview(_ bytes: [UInt8], rows: Int = 3, lines: Int = 3, width: Int = 60) throws -> String {
    try withTemporaryFolder { folder in
        let path = folder.appending("file")
        try FileContents.write(bytes, to: path)
        let bounds = Preview.Bounds(rows: rows, lines: lines, width: width)
        return try Preview(path: path, bounds: bounds, style: .plain).text()
    }
}

@Test func textIsShownLineByLine() throws {
    #expect(try preview(Array("one\ntwo\u{1B}[0m\n".utf8)) == "one\ntwo\\u{1b}[0m\n")
    #expect(
        try preview(Array("1\n2\n3\n4\n".utf8)) == "1\n2\n3\n… more; `sluice cache cat` prints all of it\n")
    #expect(try preview([]) == "(empty)\n")
}

@Test func aHugeLineIsBounded() throws {
    let text = try preview([UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20))
    #expect(text.split(separator: "\n")[0].count == 60)
}

@Test func jsonIsIndentedInItsOwnOrder() throws {
    let text = #"{"z":1.50,"a":[1,2],"text":"\ud83d"}"#
    #expect(
        try preview(Array(text.utf8), lines: 9)
            == "{\n  \"z\": 1.50,\n  \"a\": [1, 2],\n  \"text\": \"\\ud83d\"\n}\n")
    // Scalars and invalid JSON are shown unchanged.
    for text in ["plain", "1", #"{"a":}"#, "[1,]]"] { #expect(try preview(Array(text.utf8)) == text + "\n") }
}

@Test func bytesAreShownInHexadecimal() throws {
    #expect(
        try preview([0, 1, 0xFF] + Array("abc".utf8))
            == "00000000  00 01 ff 61 62 63                                ...abc\n")
}

@Test func safetensorsShowTheirHeader() throws {
    let header = #"{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#
    let length = [UInt8(header.utf8.count)] + [UInt8](repeating: 0, count: 7)
    let text = try preview(length + Array(header.utf8) + [UInt8](repeating: 0, count: 24))
    #expect(
        text == """
            safetensors: 1 tensor, 6 numbers, \(8 + header.utf8.count + 24) B
              format: pt

            tensor  type  shape
            w       F32   2 × 3

            """)
}

@Test func hostileSafetensorsHeadersAreText() {
    let huge = [UInt8](repeating: 0xFF, count: 8) + Array("{\"a\":1}".utf8)
    #expect(SafetensorsPreview(start: huge, size: huge.count) == nil)
    let shape = #"{"w":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807]}}"#
    let start = [UInt8(shape.utf8.count)] + [UInt8](repeating: 0, count: 7) + Array(shape.utf8)
    #expect(SafetensorsPreview(start: start, size: 1)?.text(Preview.Bounds()).contains("1 tensor") == true)
}

@Test func csvIsToldFromProse() {
    #expect(Preview.looksLikeCSV("a,b\n1,2\n\"x,\ny\",3\n"))
    #expect(!Preview.looksLikeCSV("Dear all,\nhello, you, there\nbye\n"))
    #expect(!Preview.looksLikeCSV("no commas\nat all\n"))
}

@Test func rowsAreAlignedAndBounded() throws {
    let table = try Table([
        ("id", .integer(IntegerColumn([1, nil, 30]))),
        ("text", .string(StringColumn(["漢字", "a\nb", nil]))),
        ("list", .list(ListColumn(strings: [["x", nil], [], nil]))),
    ])
    let text = TablePreview(schema: table.schema, pieces: [table], hasMore: true)
        .text(Preview.Bounds(rows: 3, lines: 3, width: 60), style: .plain)
    #expect(
        text == """
            column  type
            id      int64?
            text    string?
            list    list<string>?

              id  text  list
               1  漢字  ["x", null]
            null  a\\nb  []
              30  null  null
            … more rows

            """)
}

@Test func wideTablesAndLongCellsAreCut() throws {
    let long = String(repeating: "x", count: 1_000_000)
    let table = try Table((0..<50).map { ("c\($0)", .string(StringColumn([long]))) })
    let text = TablePreview(schema: table.schema, pieces: [table], hasMore: false)
        .text(Preview.Bounds(rows: 3, lines: 3, width: 60), style: .plain)
    #expect(text.contains("… 44 more columns"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 60 })
}
