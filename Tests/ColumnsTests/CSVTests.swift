import Files
import TestSupport
import Testing

@testable import Columns

@Suite struct CSVTests {
    private func read(_ text: String, options: CSVOptions = CSVOptions()) throws -> (
        rows: [[String]], invalid: [InvalidRow]
    ) {
        try withTemporaryFolder { folder in
            let path = folder.appending("t.csv")
            try write(text, to: path)
            let reader = try TableReader(path, csv: options)
            var rows: [[String]] = []
            while let table = try reader.next() {
                for row in 0..<table.rowCount {
                    rows.append(try table.schema.names.map { try table.strings($0)[row] ?? "null" })
                }
            }
            return (rows, reader.invalidRows)
        }
    }

    @Test(arguments: [
        ("a,b\n1,2\n", [["1", "2"]]),
        ("a,b\r\n1,2\r\n3,4", [["1", "2"], ["3", "4"]]),
        ("\u{FEFF}a,b\n1,2\n", [["1", "2"]]),
        ("a,b\n\"x\ny\",\"he said \"\"hi\"\"\"\n", [["x\ny", "he said \"hi\""]]),
        ("a,b\n\"\",\n", [["", ""]]),
        ("a,b\n\"1,5\",null\n", [["1,5", "null"]]),
        ("a,b\n", []),
        ("a\n日本\n", [["日本"]]),
    ])
    func parsesRFC4180(text: String, rows: [[String]]) throws {
        #expect(try read(text).rows == rows)
    }

    @Test func rowsWithAWrongNumberOfFieldsAreErrorsOrCollected() throws {
        let text = "a,b\n1,2\n3\n\"x\ny\",4\n5,6,7\n8,9\n"
        #expect(throws: ColumnsError.self) { try read(text) }
        var options = CSVOptions()
        options.invalidRows = .collect
        let (rows, invalid) = try read(text, options: options)
        #expect(rows == [["1", "2"], ["x\ny", "4"], ["8", "9"]])
        #expect(invalid.map(\.row) == [2, 4])
        #expect(invalid.map(\.found) == [1, 3])
        #expect(invalid.map(\.text) == ["3", "5,6,7"])
    }

    @Test func readsACellOfTenMegabytes() throws {
        let cell = String(repeating: "0123456789", count: 1 << 20)
        let rows = try read("a,b\n1,\(cell)\n2,x\n").rows
        #expect(rows.map { $0[1].utf8.count } == [cell.utf8.count, 1])
    }

    @Test func readsACellLongerThanABlockAfterOthers() throws {
        let cell = String(repeating: "0123456789", count: 5 << 20)
        let rows = try read("a,b\n1,x\n2,\(cell)\n3,y\n").rows
        #expect(rows.map { $0[0] } == ["1", "2", "3"])
        #expect(rows.map { $0[1].utf8.count } == [1, cell.utf8.count, 1])
    }

    @Test func anUnterminatedQuoteIsAnError() throws {
        #expect(throws: ColumnsError.self) { try read("a,b\n1,2\n3,\"cut of") }
    }

    @Test(arguments: [
        "a,b\n\"1\"23,x\n", "a,b\n1,\"x\" \n", "\u{FEFF}\"a\"b,c\n1,2\n", "a,b\n1,\"x\"\"\"y\n",
    ])
    func textBehindAClosingQuoteIsAnError(text: String) {
        let error = #expect(throws: ColumnsError.self) { try read(text) }
        #expect(error?.message.contains("text follows the closing quote of a field") == true)
    }

    @Test func aQuoteWithinPlainTextIsACharacter() throws {
        #expect(try read("a,b\n5\"6,\"x\"\"y\"\n").rows == [["5\"6", "x\"y"]])
    }

    @Test func anEmptyFileIsAnError() throws {
        let error = #expect(throws: ColumnsError.self) { try read("") }
        #expect(error?.message.contains("is empty or not a table") == true)
    }
}
