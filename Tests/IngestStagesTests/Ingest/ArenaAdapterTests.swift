import Columns
import StageSchemas
import Testing

@testable import Comparisons

/// SPEC 1.2 and the sources of its layout.
struct ArenaAdapterTests {
    private func line(
        _ id: String, _ winner: String, _ a: String = messages("p", "x", "q", "y"),
        _ b: String = messages("p", "u", "q", "v")
    ) -> String {
        """
        {"question_id":"\(id)","model_a":"m1","model_b":"m2","winner":"\(winner)","judge":"arena_user_1","turn":2,"anony":true,\
        "conversation_a":\(a),"conversation_b":\(b),"language":"English","tstamp":1.5,"openai_moderation":{"flagged":false}}

        """
    }

    @Test func bothKindsOfTieCountAsOne() throws {
        let words = ["model_a", "model_b", "tie", "tie (bothbad)"]
        let found = try SourceTrial(words.enumerated().map { line("q\($0)", $1) }.joined())
        #expect(found.rows.map(\.label) == [.a, .b, .tie, .tie])
        #expect(found.metrics["rule.bothBad"] == 1)
        #expect(
            found.rows[0]
                == Comparison(
                    id: "q0", source: "arena", modelA: "m1", modelB: "m2", prompt: ["p", "q"],
                    responseA: ["x", "y"], responseB: ["u", "v"], label: .a, language: "English"))
    }

    @Test func aWinnerThatIsNotKnownIsRejectedAndNotLabelledZero() throws {
        let found = try SourceTrial(line("1", "both") + line("2", "") + line("3", "tie"))
        #expect(found.rejects == ["1 invalid-winner", "2 no-winner"])
        let optional = try SourceTrial(line("2", "") + line("3", "tie"), "arena", ["labels": "optional"])
        #expect(optional.rows.map(\.label) == [nil, .tie])
    }

    @Test func promptsMustBeTheSameAndConversationsEquallyLong() throws {
        let found = try SourceTrial(
            line("1", "tie", messages("p", "x"), messages("other", "u"))
                + line("2", "tie", messages("p", "x", "q", "y"), messages("p", "u"))
                + line("3", "tie", messages("p"), messages("p"))
                + line("4", "tie", "[]", "[]")
                + line("5", "tie", "[{\"content\":\"p\",\"role\":\"nobody\"}]")
                + line("6", "tie", "[{\"role\":\"user\"}]"))
        #expect(
            found.rejects == [
                "1 prompts-differ", "2 unequal-lengths", "3 roles", "4 no-turns", "5 roles",
                "6 malformed-cell",
            ])
    }

    @Test func escapesThatWereEscapedCanBeDropped() throws {
        // The text holds a backslash, u and four digits after decoding: 30 rows of the 33,000.
        let odd = messages("p", "a \\u00e9 b")
        let found = try SourceTrial(
            line("1", "tie", odd, messages("p", "u")) + line("2", "tie"), "arena",
            ["dropUnicodeEscapes": true])
        #expect(found.rejects == ["1 unicode-escape"])
        #expect(found.metrics["rejected.unicode-escape"] == 1)
        #expect(
            try SourceTrial(line("1", "tie", odd, messages("p", "u"))).rows[0].responseA == ["a \\u00e9 b"])
    }

    @Test func parquetCSVAndJSONAreOne() throws {
        let conversation =
            [("user", "p"), ("assistant", "it's, \"x\"\n"), ("user", "q"), ("assistant", nil)]
            as [(role: String, content: String?)]
        let other =
            [("user", "p"), ("assistant", ""), ("user", "q"), ("assistant", "v")]
            as [(role: String, content: String?)]
        let table = try Table([
            ("question_id", .string(StringColumn(["1"]))), ("model_a", .string(StringColumn(["m1"]))),
            ("model_b", .string(StringColumn(["m2"]))), ("winner", .string(StringColumn(["model_b"]))),
            ("conversation_a", conversationColumn([conversation])),
            ("conversation_b", conversationColumn([other])),
            ("language", .string(StringColumn(["English"]))),
        ])
        let parquet = try SourceTrial(table).rows
        let a = messages("p", "it's, \"x\"\n", "q", nil)
        let b = messages("p", "", "q", "v")
        let json = try SourceTrial(line("1", "model_b", a, b)).rows
        func cell(_ text: String) -> String {
            "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                + "\""
        }
        let csv = try SourceTrial(
            "winner,question_id,model_a,model_b,conversation_a,conversation_b,language\n"
                + "model_b,1,m1,m2,\(cell(a)),\(cell(b)),English\n"
        ).rows
        #expect(parquet == json && json == csv)
        #expect(parquet[0].responseA == ["it's, \"x\"\n", nil] && parquet[0].responseB == ["", "v"])
    }

    @Test func taiwanArenaIsReadTheSameWay() throws {
        let found = try SourceTrial(
            """
            {"question_id":"t1","model_a":"甲","model_b":"乙","winner":"tie (bothbad)","turn":1,"language":"Chinese",\
            "conversation_a":\(messages("你好", "您好")),"conversation_b":\(messages("你好", "嗨"))}
            """)
        #expect(found.rows[0].prompt == ["你好"] && found.rows[0].label == .tie)
        #expect(found.rows[0].source == "arena")
    }

    @Test func threadsChangeNothing() throws {
        let text = (0..<300).map { line("q\($0)", ["model_a", "tie", "nobody"][$0 % 3]) }.joined()
        let (one, several) = (try SourceTrial(text), try SourceTrial(text, threads: 4))
        #expect(one.rows == several.rows && one.rejects == several.rejects && one.rejects.count == 100)
    }
}
