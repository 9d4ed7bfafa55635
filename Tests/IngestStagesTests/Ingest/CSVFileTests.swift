import Files
import StageKit
import TestSupport
import Testing

@testable import IngestStages

struct CSVFileTests {
    /// All records of a text, and its header.
    private func read(_ text: String, recordLimit: Int = 1 << 30) throws -> (
        header: [String], rows: [[String]]
    ) {
        try withTemporaryFolder { folder in
            let path = folder.appending("x.csv")
            try write(text, to: path)
            var file = try CSVFile(path, recordLimit: recordLimit)
            let header = try file.readHeader()
            var rows: [[String]] = []
            while let batch = try file.next() {
                #expect(batch.firstRow == rows.count + 1)
                for index in 0..<batch.count { rows.append(batch.record(index).map { batch.string($0) }) }
            }
            return (header, rows)
        }
    }

    @Test(
        arguments: [
            ("a,b\n1,2\n", [["1", "2"]]),
            ("a,b\n1,2", [["1", "2"]]),
            ("a,b\r\n1,2\r\n\r\n3,4\r\n", [["1", "2"], ["3", "4"]]),
            ("\u{FEFF}a,b\n1,2\n", [["1", "2"]]),
            ("a,b\n,\n", [["", ""]]),
            ("a,b\n\"x,\"\"y\"\"\nz\",\"\"\n", [["x,\"y\"\nz", ""]]),
            ("a,b\n\"\"\"\",2\n", [["\"", "2"]]),
            ("a,b\n1\n1,2,3\n", [["1"], ["1", "2", "3"]]),
            ("a,b\nx\"y,2\n", [["x\"y", "2"]]),
            ("a,b\n1,\"2\"", [["1", "2"]]),
            ("a,b\n1,", [["1", ""]]),
            ("a,b\n\n\n", []),
        ] as [(String, [[String]])])
    func splits(_ text: String, _ rows: [[String]]) throws {
        let found = try read(text)
        #expect(found.header == ["a", "b"])
        #expect(found.rows == rows)
    }

    /// A field takes more memory than the comma that makes it.
    @Test func aLineOfCommasTakesNoMoreThanTheHeaderSays() throws {
        let line = String(repeating: ",", count: 3_000_000)
        let found = try read("a,b\n1,2\n\(line)\n3,4\n")
        #expect(found.rows.first == ["1", "2"] && found.rows.last == ["3", "4"])
        #expect(found.rows.count == 3 && found.rows[1].count == 2 + CSVFile.excessFields)
        #expect(CSVBatch.excess(found.rows[1].count, 2) == "at least 1002 fields, the header has 2")
        #expect(CSVBatch.excess(3, 2) == "3 fields, the header has 2")
        #expect { try read(line + "\n1\n") } throws: { "\($0)".contains("more than 100000 columns") }
    }

    @Test func splitsTheSameWhereverPiecesEnd() throws {
        let text = Array("\"a\"\"b\",c\r\n\"\n\"\"\",\r\n\"\"\"x\",\"\"\r\n1,2".utf8)
        let whole = CSVScanner.scan(text, isEnd: true)
        #expect(whole.recordEnds == [2, 4, 6, 8])
        for end in 0..<text.count {
            let first = CSVScanner.scan(Array(text[..<end]), isEnd: false)
            let second = CSVScanner.scan(Array(text[first.consumed...]), isEnd: true)
            #expect(first.recordEnds.count + second.recordEnds.count == 4)
        }
    }

    @Test func marksTextAfterAClosingQuote() {
        let found = CSVScanner.scan(Array("\"a\"b,\"c\"\n".utf8), isEnd: true)
        #expect(found.fields.map(\.isMalformed) == [true, false])
    }

    @Test func saysWhereAnOpenQuoteBegan() {
        let error = #expect(throws: StageFailure.self) { try read("a,b\n1,2\n3,\"x\n5,6\n") }
        #expect(error?.message.hasPrefix("row 2: the file ends inside a quoted field") == true)
    }

    @Test func saysThatAFileIsEmpty() {
        let error = #expect(throws: StageFailure.self) { try read("") }
        #expect(error?.message == "the file is empty")
    }

    @Test func readsRecordsLongerThanAPiece() throws {
        let cell = String(repeating: "x\"\"\n", count: CSVFile.pieceSize / 2)
        let found = try read("a,b\n1,\"\(cell)\"\n2,3\n")
        #expect(found.rows.count == 2)
        #expect(found.rows[0][1].utf8.count == cell.utf8.count * 3 / 4)
        let error = #expect(throws: StageFailure.self) {
            try read("a,b\n1,\"\(cell)\"\n2,3\n", recordLimit: CSVFile.pieceSize / 2)
        }
        #expect(error?.message.contains("row 1 is longer than") == true)
    }
}
