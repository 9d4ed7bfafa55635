import Columns
import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import IngestStages

/// `ingest` on the competition's files, whole and broken.
struct KaggleIngestTests {
    private static let header =
        "id,model_a,model_b,prompt,response_a,response_b,winner_model_a,winner_model_b,winner_tie\n"

    private struct Outcome {
        let rows: [Comparison]
        /// Row, id, reason.
        let rejects: [String]
        let texts: [String?]
    }

    /// A field of a CSV file.
    private func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }

    private func row(
        _ id: String, _ prompt: String = #"["q"]"#, _ a: String = #"["x"]"#, _ b: String = #"["y"]"#,
        marks: String = "1,0,0"
    ) -> String {
        "\(id),m1,m2,\(quoted(prompt)),\(quoted(a)),\(quoted(b)),\(marks)\n"
    }

    private func ingest(
        _ bytes: [UInt8], _ parameters: [String: Value] = [:], threads: Int = 2
    ) throws -> Outcome {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let path = try trial.file("train.csv", bytes)
            let outputs = try trial.run(
                Ingest.self, ["file": [path]],
                ["format": "kaggle", "maximumRejects": 1].merging(parameters) { $1 }, threads: threads)
            let table = try Table.read(try #require(outputs["rejects"]))
            let (ids, reasons) = (try table.strings("id"), try table.strings("reason"))
            let (numbers, texts) = (try table.integers("row"), try table.strings("text"))
            return Outcome(
                rows: try comparisons(outputs["rows"]),
                rejects: (0..<table.rowCount).map {
                    "\(numbers.values[$0]) \(ids[$0] ?? "-") \(reasons[$0] ?? "-")"
                }, texts: (0..<table.rowCount).map { texts[$0] })
        }
    }

    private func ingest(_ text: String, _ parameters: [String: Value] = [:]) throws -> Outcome {
        try ingest(Array(text.utf8), parameters)
    }

    private func failure(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func everyRowIsTakenOrRejectedWithItsReason() throws {
        let text =
            Self.header + row("1")
            + row("2", #"["q","r"]"#)
            + row("3", marks: "0,0,0")
            + row("4", marks: "1,1,0")
            + row("5", #"["q""#)
            + "6,m1,m2\n"
            + row("1", #"["again"]"#)
            + row("", #"["q"]"#)
            + row("9", marks: "maybe,0,0")
            + row("10", "[]", "[]", "[]")
            + "11,m1,m2,\"[\"\"q\"\"]\"x,\"[\"\"x\"\"]\",\"[\"\"y\"\"]\",1,0,0\n"
            + row("12", #"["lone \ud83d surrogate"]"#, #"[null]"#, #"[""]"#, marks: "0,0,1")
            + row("13", #"["q"]"#, #"["x"]"#, #"["y"]"#, marks: "0.0,1.0,False")
        let outcome = try ingest(text)
        #expect(
            outcome.rejects == [
                "2 2 unequal-lengths", "3 3 no-winner", "4 4 several-winners", "5 5 malformed-cell",
                "6 - field-count", "7 1 duplicate-id", "8 - missing-id", "9 9 invalid-winner",
                "10 10 no-turns", "11 - malformed-field",
            ])
        #expect(outcome.texts[0] == "prompt 2, response_a 1, response_b 1 turns")
        #expect(outcome.texts[3] == "prompt: expected ',' or ']', found the end at byte 4")
        #expect(outcome.texts[4] == "3 fields, the header has 9")
        #expect(outcome.rows.map(\.id) == ["1", "12", "13"])
        #expect(outcome.rows.map(\.label) == [.a, .tie, .b])
        #expect(outcome.rows[1].prompt == ["lone \u{FFFD} surrogate"])
        #expect(outcome.rows[1].responseA == [nil] && outcome.rows[1].responseB == [""])
    }

    @Test(arguments: ["NaN", "nan"])
    func notANumberIsNotAnID(id: String) throws {
        let outcome = try ingest(Self.header + row("1") + row(id) + row("\"\(id)\"") + row("NaN2"))
        #expect(outcome.rows.map(\.id) == ["1", "NaN2"])
        #expect(outcome.rejects == ["2 \(id) missing-id", "3 \(id) missing-id"])
    }

    @Test func rowsThatAreNotUTF8AreRejectedAndTheirNeighborsAccepted() throws {
        var bytes = Array((Self.header + row("1", #"["été"]"#)).utf8)
        bytes +=
            Array("2,m1,m2,\"[\"\"".utf8) + [0xC3, 0x28]
            + Array("\"\"]\",\"[\"\"x\"\"]\",\"[\"\"y\"\"]\",1,0,0\n".utf8)
        bytes += Array(row("3", #"["日本語"]"#).utf8)
        let outcome = try ingest(bytes)
        #expect(outcome.rejects == ["2 2 invalid-utf8"])
        #expect(outcome.texts == ["prompt: at byte 2"])
        #expect(outcome.rows.map(\.prompt) == [["été"], ["日本語"]])
    }

    @Test func aCellOfTenMegabytesIsAcceptedIfTheLimitAllows() throws {
        let long = String(repeating: "0123456789", count: 1 << 20)
        let text = Self.header + row("1") + row("2", "[\"\(long)\"]") + row("3")
        #expect(try ingest(text).rows.map { $0.prompt[0]?.utf8.count } == [1, long.utf8.count, 1])
        let bounded = try ingest(text, ["maximumCellBytes": 2_000_000])
        #expect(bounded.rejects == ["2 2 oversize-cell"])
        #expect(bounded.rows.map(\.id) == ["1", "3"])
    }

    @Test func piecesAndThreadsDoNotShow() throws {
        var text = Self.header
        for number in 0..<4000 {
            let words = String(repeating: #"\u4f60\u597d wörds \"and\" \\ lines\n"#, count: number % 20)
            text += row("\(number)", "[\"\(words)\",null]", "[\"a\",\"\(number)\"]", "[\"b\",\"\"]")
            if number % 500 == 7 { text += row("\(number)", #"["duplicate"]"#) }
        }
        let one = try ingest(Array(text.utf8), threads: 1)
        let three = try ingest(Array(text.utf8), threads: 3)
        #expect(one.rows == three.rows && one.rejects == three.rejects)
        #expect(one.rows.count == 4000 && one.rejects.count == 8)
        #expect(one.rows[21].prompt[0] == "你好 wörds \"and\" \\ lines\n")
    }

    @Test func aTruncatedFileIsAnErrorWithItsRow() {
        let text = Self.header + row("1") + "2,m1,m2,\"[\"\"q\"\"]\",\"[\"\"cut of"
        let message = failure { _ = try ingest(text) }
        #expect(
            message?.contains("row 2: the file ends inside a quoted field. It is probably truncated") == true)
    }

    @Test func filesWithoutRowsAreErrors() {
        #expect(failure { _ = try ingest("") }?.contains("empty") == true)
        #expect(failure { _ = try ingest(Self.header) }?.contains("train.csv: the file has no rows") == true)
        let missing = failure { _ = try ingest("id,prompt,response_a\n1,2,3\n") }
        #expect(missing?.contains("response_b") == true)
        let some = failure { _ = try ingest("id,prompt,response_a,response_b,winner_tie\n1,[],[],[],1\n") }
        #expect(some?.contains("winner_model_a") == true)
    }

    @Test func moreRejectsThanAllowedFailTheStageAndSayWhy() {
        let text = Self.header + row("1") + row("2", marks: "0,0,0") + row("3", marks: "1,1,1")
        let message = failure { _ = try ingest(text, ["maximumRejects": 0.5]) }
        #expect(message?.contains("train.csv: 2 of 3 rows were rejected: 1 no-winner") == true)
        #expect(message?.contains("The first: row 2: no-winner") == true)
        #expect(message?.contains("1 several-winners") == true)
    }

    @Test func tablesThatAreNoneOrOfAnotherKindAreErrors() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            func message(_ path: FilePath) -> String? {
                failure { _ = try trial.run(Ingest.self, ["file": [path]], ["format": "kaggle"]) }
            }
            let good = folder.appending("good.parquet")
            try Table([
                ("id", .integer(IntegerColumn([1, 2]))),
                ("prompt", .list(ListColumn(strings: [["q"], ["r"]]))),
                ("response_a", .list(ListColumn(strings: [["x"], [nil]]))),
                ("response_b", .string(StringColumn([#"["y"]"#, #"["z"]"#]))),
                ("winner_model_a", .integer(IntegerColumn([1, 0]))),
                ("winner_model_b", .integer(IntegerColumn([0, 1]))),
                ("winner_tie", .integer(IntegerColumn([0, 0]))),
            ]).write(to: good)
            #expect(message(good) == nil)

            let other = folder.appending("other.parquet")
            try Table([("a", .integer(IntegerColumn([1])))]).write(to: other)
            #expect(message(other)?.contains("'id'") == true || message(other)?.contains("id") == true)

            let nested = folder.appending("nested.parquet")
            let lists = Column.list(ListColumn(strings: [["q"]]))
            try Table([("id", lists), ("prompt", lists), ("response_a", lists), ("response_b", lists)])
                .write(to: nested)
            #expect(message(nested)?.contains("column 'id' should contain single values") == true)

            var bytes = try FileContents.read(good)
            // The length of the footer, which is before the last four bytes.
            bytes[bytes.count - 6] ^= 0x7F
            #expect(message(try trial.file("footer.parquet", bytes))?.contains("footer.parquet") == true)
            let cut = try trial.file("cut.parquet", Array(try FileContents.read(good).dropLast(40)))
            #expect(message(cut)?.contains("cut.parquet") == true)
        }
    }
}
