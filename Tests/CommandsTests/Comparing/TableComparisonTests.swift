import Columns
import StageSchemas
import Testing

@testable import Commands

private func table(_ ids: [String], _ numbers: [Double?], _ words: [String?]) throws -> Table {
    try Table([
        ("id", .string(StringColumn(ids.map { $0 }))), ("p", .floating(FloatingColumn(numbers))),
        ("w", .string(StringColumn(words))),
    ])
}

@Test func tablesAreComparedByRowAndColumn() throws {
    let before = try table(["a", "b", "c", "d"], [1, 2, nil, 4], ["x", "y", "z", "é"])
    let after = try table(["d", "a", "b", "e"], [4.5, 1, 3, 9], ["e\u{301}", "x", "y", "new"])
    let difference = try TableComparison(before: before, after: after, key: nil).difference()
    #expect(difference.details["key"] == "id")
    #expect(difference.details["rowsInBoth"] == 3)
    #expect(difference.details["rowsOnlyBefore"] == 1)
    #expect(difference.details["rowsOnlyAfter"] == 1)
    #expect(difference.details["rowsMoved"] == 2)
    guard case .list(let columns)? = difference.details["columns"] else { throw Missing() }
    #expect(
        columns == [
            [
                "name": "p", "rows": 2, "meanDifference": 0.75, "largestDifference": 1.0, "typeBefore": .null,
                "typeAfter": .null,
            ],
            // The two accents are different bytes.
            [
                "name": "w", "rows": 1, "meanDifference": .null, "largestDifference": .null,
                "typeBefore": .null,
                "typeAfter": .null,
            ],
        ])
}

private struct Missing: Error {}

@Test func equalTablesHaveNoDifferences() throws {
    let one = try table(["a", "b"], [.nan, nil], [nil, "y"])
    let difference = try TableComparison(before: one, after: one, key: nil).difference()
    #expect(difference.details["columns"] == .list([]))
    #expect(difference.sections.isEmpty)
}

@Test func aKeyThatRepeatsIsRefused() throws {
    let one = try table(["a", "a"], [1, 2], ["x", "y"])
    #expect(throws: CommandFailure.self) {
        try TableComparison(before: one, after: one, key: nil).difference()
    }
    #expect(throws: CommandFailure.self) { try TableComparison(before: one, after: one, key: "idd") }
}

@Test func rowsWithoutAKeyAreMatchedByTheirOrder() throws {
    let before = try Table([("n", .integer(IntegerColumn([Int64(1), 2, 3])))])
    let after = try Table([("n", .floating(FloatingColumn([1.0, 5, 3, 4])))])
    let difference = try TableComparison(before: before, after: after, key: nil).difference()
    #expect(difference.details["key"] == .null)
    #expect(difference.details["rowsOnlyAfter"] == 1)
    guard case .list(let columns)? = difference.details["columns"], case .map(let column)? = columns.first
    else {
        throw Missing()
    }
    #expect(column["rows"] == 1)
    #expect(column["typeBefore"] == "integer" || column["typeBefore"] != .null)
}
