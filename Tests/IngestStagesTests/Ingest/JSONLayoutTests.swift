import Comparisons
import JSON
import StageKit
import StageSchemas
import Testing

@testable import IngestStages
@testable import LinearModels
@testable import Randomness

/// SPEC 1.1 and 1.3: canonical JSON by columns or by records, and JSON lines.
struct JSONLayoutTests {
    private let records = [
        #"{"id":"7","model_a":"m","model_b":"n","prompt":["p","q"],"response_a":["x",null],"response_b":["","\ud83d"],"winner_model_a":1,"winner_model_b":0,"winner_tie":0}"#,
        #"{"id":8,"model_a":"n","model_b":"m","prompt":["p\/q"],"response_a":["x"],"response_b":["y"],"winner_model_a":0,"winner_model_b":0,"winner_tie":1}"#,
    ]

    private let columns = #"""
        {"id":{"0":"7","5":8},"model_a":{"0":"m","5":"n"},"model_b":{"5":"m","0":"n"},
         "prompt":{"0":["p","q"],"5":["p\/q"]},"response_a":{"0":["x",null],"5":["x"]},
         "response_b":{"0":["","\ud83d"],"5":["y"]},"winner_model_a":{"0":1,"5":0},
         "winner_model_b":{"0":0,"5":0},"winner_tie":{"0":0,"5":1}}
        """#

    @Test func linesRecordsAndColumnsAreOne() throws {
        let lines = try SourceTrial(records.joined(separator: "\n")).rows
        #expect(lines.map(\.id) == ["7", "8"] && lines.map(\.label) == [.a, .tie])
        #expect(lines[0].responseA == ["x", nil] && lines[0].responseB == ["", "\u{FFFD}"])
        #expect(lines[1].prompt == ["p/q"])
        let array = try SourceTrial(" [\n" + records.joined(separator: ",\n") + "]").rows
        #expect(array == lines)
        #expect(try SourceTrial(columns).rows == lines)
        #expect(try SourceTrial("\u{FEFF}" + columns).rows == lines)
    }

    @Test func everySourceMayComeByColumns() throws {
        let text = """
            {"question_id":{"0":"a","1":"b"},"winner":{"0":"model_a","1":"tie"},
             "conversation_a":{"0":\(messages("p", "x")),"1":\(messages("q", "y"))},
             "conversation_b":{"0":\(messages("p", "u")),"1":\(messages("q", "v"))}}
            """
        #expect(try SourceTrial(text).rows.map(\.responseB) == [["u"], ["v"]])
    }

    @Test func aLabelInsteadOfMarksIsReadInAnyFile() throws {
        let header = "id,prompt,response_a,response_b,label\n"
        let csv =
            header + "1,\"[\"\"p\"\"]\",\"[\"\"x\"\"]\",\"[\"\"y\"\"]\",tie\n"
            + "2,\"[\"\"p\"\"]\",\"[\"\"x\"\"]\",\"[\"\"y\"\"]\",\n"
        let found = try SourceTrial(csv)
        #expect(found.rows.map(\.label) == [.tie] && found.rejects == ["2 no-winner"])
        #expect(try SourceTrial(csv, "kaggle", ["labels": "optional"]).rows.map(\.label) == [.tie, nil])
        let json =
            "{\"id\":1,\"prompt\":[\"p\"],\"response_a\":[\"x\"],\"response_b\":[\"y\"],\"label\":\"tie\"}"
        #expect(try SourceTrial(json).rows.map(\.label) == [.tie])
    }

    @Test func someOfTheWinnersFieldsAreNotAll() throws {
        let some = records[0].replacing(#","winner_tie":0"#, with: "")
        #expect(try SourceTrial([some, records[1]].joined(separator: "\n")).rejects == ["1 invalid-winner"])
    }

    @Test func rowsThatOneColumnLacksAreNotLost() throws {
        let text =
            #"{"id":{"0":"a","1":"b"},"prompt":{"0":["p"]},"response_a":{"0":["x"],"1":["x"],"2":["z"]},"response_b":{"0":["y"],"1":["y"]}}"#
        let found = try SourceTrial(text, "json", ["labels": "optional"])
        #expect(found.rows.map(\.id) == ["a"] && found.rejects == ["2 malformed-cell", "3 malformed-cell"])
    }

    @Test(
        arguments: [
            ("{\"a\":{\"0\":1}}", JSONLinesFile.Layout.columns), ("{\"a\":{\"x\":1}}", .lines),
            ("{\"a\":1}", .lines), (" [ {", .array), ("{\"a\":{\"12", .lines), ("{\"a\":{\"12\":", .columns),
            ("{}", .lines), ("", .lines),
        ])
    func layoutsAreKnownByTheirBeginning(_ text: String, _ layout: JSONLinesFile.Layout) {
        #expect(JSONLinesFile.layout(Array(text.utf8)) == layout)
    }

    @Test func damagedColumnsAreAnErrorOrRejects() throws {
        #expect(throws: StageFailure.self) {
            try SourceTrial(#"{"id":{"0":"a","1":"b"},"prompt":{"0":["#, "json")
        }
        #expect(throws: StageFailure.self) { try SourceTrial(#"{"id":{"0":"a"},"prompt":7}"#, "json") }
        let text = Array(columns.utf8)
        var random = SeededGenerator(seed: 12)
        for _ in 0..<300 {
            var damaged = text
            damaged[12 + random.integer(below: damaged.count - 12)] = UInt8(32 + random.integer(below: 95))
            _ = try? JSONColumns(damaged)
        }
    }
}
