import Testing

@testable import Commands

@Test func columnsAreAligned() {
    let table = TextTable(["name", ">size"], rows: [["a", "1"], ["漢字", "1000"], ["b\nc", ""]])
    #expect(
        table.text(width: 80) == """
            name  size
            a        1
            漢字  1000
            b\\nc

            """)
}

@Test func theWidestColumnShrinksFirst() {
    let long = String(repeating: "x", count: 100)
    let table = TextTable(["a", "b"], rows: [["short", long]])
    let lines = table.lines(width: 40)
    #expect(lines.allSatisfy { DisplayWidth.of($0) <= 40 })
    #expect(lines[1].hasPrefix("short  xxx"))
    #expect(lines[1].hasSuffix("…"))
}

@Test func columnsKeepTheirMinimumWidth() {
    let long = String(repeating: "x", count: 100)
    let lines = TextTable(["a", "b", "c"], rows: [[long, long, long]]).lines(width: 10)
    #expect(lines[1] == "xxxxxxx…  xxxxxxx…  xxxxxxx…")
}
