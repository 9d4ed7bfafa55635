import Files
import StageKit
import StageSchemas
import TestSupport
import Testing

@testable import Columns
@testable import Comparisons
@testable import IngestStages

/// What names a row, and who has won it, is taken as it is or refused: it is never guessed, cut or counted.
@Suite struct IdentityTests {
    private static let header = "id,prompt,response_a,response_b,winner\n"

    private func winners(_ words: [String]) throws -> SourceTrial {
        let rows = words.enumerated().map {
            "\($0),\"[\"\"p\"\"]\",\"[\"\"a\"\"]\",\"[\"\"b\"\"]\",\"\($1)\"\n"
        }
        return try SourceTrial(Self.header + rows.joined(), "auto", ["labels": "optional"])
    }

    @Test func wordsForWinnersAreKnownOnes() throws {
        let words = [
            "a", "model_a", "Model A", "MODEL-B", "[[B]]", "tie", "tie (bothbad)", "tie(both bad)",
            "both_bad", "draw",
        ]
        let found = try winners(words)
        #expect(found.rows.map(\.label) == [.a, .a, .a, .b, .b, .tie, .tie, .tie, .tie, .tie])
        // Models' names, ranks and numbers, from which letters alone would make a winner.
        let others = [
            "a1", "1a", "b-7", "model_a_7", "A.", "!b", "tie?", "a: 0.3", "á", "ａ", "a/b", "a\u{301}",
        ]
        let label =
            Self.header.replacing("winner", with: "label")
            + "7,\"[\"\"p\"\"]\",\"[\"\"a\"\"]\",\"[\"\"b\"\"]\",x\n"
        #expect(try SourceTrial(label).details.first?.first == "label")
        #expect(try winners(others).rejects == (1...others.count).map { "\($0) invalid-winner" })
    }

    @Test func marksMayHaveDecimals() throws {
        let header = Self.header.replacing("winner", with: "winner_model_a,winner_model_b,winner_tie")
        func read(_ marks: String) throws -> SourceTrial {
            try SourceTrial(header + "7,\"[\"\"p\"\"]\",\"[\"\"a\"\"]\",\"[\"\"b\"\"]\",\(marks)\n")
        }
        for marks in ["1,0,0", "1.0,0.0,0.0", "1.000,0.00,0.000"] {
            #expect(try read(marks).rows.map(\.label) == [.a])
        }
        for marks in ["1.,0.,0.", "1.5,0,0", "0.5,0.5,0", "1.0x,0,0", "nan,nan,nan"] {
            #expect(try read(marks).rejects == ["1 invalid-winner"])
        }
    }

    @Test func whatStandsForNoValueIsNoId() throws {
        let absent = [
            "NaN", "nan", "-nan", "NAN", "None", "null", "NULL", "NA", "N/A", "<NA>", "NaT", "#N/A",
        ]
        let named = ["nano", "none", "na", "NAT", "1", "n", "nan1", "Nil"]
        let text = (absent + named).map { "\($0),\"[\"\"p\"\"]\",\"[\"\"a\"\"]\",\"[\"\"b\"\"]\",tie\n" }
            .joined()
        let found = try SourceTrial(Self.header + text)
        #expect(found.rows.map(\.id) == named)
        #expect(found.rejects == (1...absent.count).map { "\($0) missing-id" })
    }

    @Test(arguments: ["chosen", "human_preference", "Choice", "better_model", "target", "winner model"])
    func aLabelUnderAnotherNameIsNotIgnored(name: String) throws {
        let text =
            Self.header.replacing("winner", with: name)
            + "7,\"[\"\"p\"\"]\",\"[\"\"a\"\"]\",\"[\"\"b\"\"]\",a\n"
        let failure = #expect(throws: StageFailure.self) { try SourceTrial(text) }
        #expect(failure?.message.contains("the column '\(name)' looks like the winner") == true)
        #expect(try SourceTrial(text, "auto", ["labels": "optional"]).rows.map(\.label) == [nil])
    }

    @Test func aLongIdOfARejectedRowIsWholeOrAbsent() throws {
        for (length, isKept) in [(300, true), (70_000, false)] {
            let id = String(repeating: "é", count: length / 2)
            let text = Self.header + "\(id),\"[\"\"p\"\"]\",\"[\"\"a\"\"]\",\"[\"\"b\"\"]\",nobody\n"
            let trial = try SourceTrial(text)
            #expect(trial.rejects == ["1 invalid-winner"] && trial.rejectedIdentifiers == [isKept ? id : nil])
        }
    }

    @Test func datesAreNoIds() throws {
        // An array of days since 1970, as pyarrow writes it.
        let file = FilePath(#filePath).parent.parent.parent.appending("ColumnsTests/Fixtures/matrix.arrow")
        let whole = try Table.read(file)
        let lists = Column.list(ListColumn(strings: (0..<whole.rowCount).map { ["\($0)"] }))
        let names = ["date32/none", "timestamp-us/some", "dictionary-int32-date32/some", "duration-s/some"]
        for name in names where whole[name] != nil {
            let table = Table(
                schema: Schema(
                    [Field("id", .integer, isTime: whole.schema.holdsTimes(name))]
                        + ["prompt", "response_a", "response_b"].map { Field($0, lists.type) }),
                columns: [try #require(whole[name]), lists, lists, lists], rowCount: whole.rowCount)
            let rules = IngestRules(
                labels: .optional, defaultSource: "s", maximumCellBytes: 1_000, dropsUnicodeEscapes: false,
                guessesLanguage: false)
            let failure = #expect(throws: StageFailure.self) {
                try TableAdapter(format: .canonical, rules: rules).batch(table, firstRow: 1)
            }
            #expect(failure?.message.contains("column 'id' contains dates or times") == true)
        }
        #expect(names.contains { whole[$0] != nil })
    }

    @Test func questionsOfJudgmentsAreWholeAndNotNaN() throws {
        let long = String(repeating: "q", count: 300)
        func record(_ question: String) -> String {
            """
            {"question_id": \(question), "judge": "j", "turn": 1, "winner": "model_a",
            """.replacing("\n", with: " ")
                + #""conversation_a": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "x"}], "#
                + #""conversation_b": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "y"}]}"#
                + "\n"
        }
        let found = try SourceTrial(record("\"\(long)\"") + record("\"NaN\"") + record("7"), "mt-bench")
        #expect(found.rows.map(\.id) == ["\(long)-1", "7-3"] && found.rows[0].group == "question-\(long)")
        #expect(found.rejects == ["2 missing-id"])
    }
}
