import Columns
import Testing

@testable import Commands

private func table(_ texts: [String]) throws -> Table {
    let count = texts.count
    let lists = Column.list(ListColumn(strings: texts.map { _ in ["x"] }))
    return try Table([
        ("id", .string(StringColumn(texts.indices.map { "r\($0)" }))),
        ("part", .integer(IntegerColumn([Int64](repeating: 1, count: count)))),
        ("parts", .integer(IntegerColumn([Int64](repeating: 2, count: count)))),
        ("label", .string(StringColumn([String?](repeating: "a", count: count)))),
        ("model_a", .string(StringColumn([String?](repeating: "m1", count: count)))),
        ("model_b", .string(StringColumn([String?](repeating: "m2", count: count)))),
        ("swapped", .boolean(BooleanColumn([Bool](repeating: false, count: count)))),
        ("turns", .integer(IntegerColumn([Int64](repeating: 1, count: count)))),
        ("total_turns", .integer(IntegerColumn([Int64](repeating: 3, count: count)))),
        ("truncated", .boolean(BooleanColumn([Bool](repeating: true, count: count)))),
        ("prompt", lists), ("response_a", lists), ("response_b", lists),
        ("text", .string(StringColumn(texts))),
    ])
}

@Test func aPackedTableShowsWhatAModelReads() throws {
    let long = (1...20).map { "line \($0)" }.joined(separator: "\n")
    let text = "#Prompt\nWhy is the sky blue?\n\n#Response\n##Model A\n\(long)\n\n##Model B\n你好\u{1B}[0m"
    let packed = try table([text, "#Prompt\nx"])
    #expect(PackedPreview.fits(packed.schema))
    var bounds = Preview.Bounds(rows: 3, lines: 3, width: 20)
    bounds.conversations = 1
    let shown = PackedPreview(pieces: [packed], hasMore: false).text(bounds, style: .plain)
    #expect(
        shown == """
            r0  A won, m1 and m…
              #Prompt
                Why is the sky
                blue?
              #Response
              ##Model A
                line 1
                line 2
                line 3
                line 4
                line 5
                line 6
                … 13 more lines
                line 20
              ##Model B
                你好\\u{1b}[0m
            … more rows; -n shows more, `sluice cache cat` all

            """)
    let wide = PackedPreview(pieces: [packed], hasMore: false).text(Preview.Bounds(), style: .plain)
    #expect(wide.hasPrefix("r0  A won, m1 and m2, turns: 1 of 3, row 2 of 2, cut\n"))
    #expect(wide.hasSuffix("\nr1  A won, m1 and m2, turns: 1 of 3, row 2 of 2, cut\n  #Prompt\n    x\n"))
}

@Test func aTableWithoutTextIsNotAPackedTable() throws {
    let other = try Table([("id", .string(StringColumn(["1"]))), ("text", .string(StringColumn(["x"])))])
    #expect(!PackedPreview.fits(other.schema))
}

@Test(
    arguments: [
        ("", 5, [""]), ("a b c", 3, ["a b", "c"]), ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("a\n\nb", 9, ["a", "", "b"]), ("你好吗", 4, ["你好", "吗"]), ("x  y", 9, ["x  y"]),
        ("ab cdefg", 4, ["ab", "cdef", "g"]),
    ] as [(String, Int, [String])])
func textIsWrapped(_ text: String, _ width: Int, _ lines: [String]) {
    #expect(text.wrapped(toWidth: width) == lines)
}
