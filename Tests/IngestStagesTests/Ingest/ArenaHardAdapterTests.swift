import StageSchemas
import Testing

@testable import Comparisons

/// SPEC 1.3: Arena-Hard judgments.
struct ArenaHardAdapterTests {
    private func shown(_ question: String, _ a: String, _ b: String) -> String {
        "<|User Prompt|>\n\(question)\n\n<|The Start of Assistant A's Answer|>\n\(a)\n<|The End of Assistant A's Answer|>\n\n"
            + "<|The Start of Assistant B's Answer|>\n\(b)\n<|The End of Assistant B's Answer|>"
    }

    private func record(_ id: String, _ games: [(prompt: String, judgment: String, score: String?)]) -> String
    {
        let parts = games.map { game in
            "{\"user_prompt\":\(Value.string(game.prompt).json),\"judgment\":\(Value.string(game.judgment).json),"
                + "\"score\":\(game.score.map { Value.string($0).json } ?? "null")}"
        }
        return
            "{\"question_id\":\"\(id)\",\"model\":\"new\",\"judge\":\"gpt\",\"baseline\":\"old\",\"games\":["
            + parts.joined(separator: ",") + "]}\n"
    }

    @Test func questionAndAnswersAreBetweenMarkers() throws {
        let found = try SourceTrial(
            record(
                "q1",
                [
                    (shown("why?\n\nreally", "one\ntwo", "three"), "…[[A>B]]", "A>B"),
                    (shown("why?\n\nreally", "three", "one\ntwo"), "…[[A=B]]", "A=B"),
                ]))
        #expect(found.rows.map(\.id) == ["q1/gpt/new/1", "q1/gpt/new/2"])
        #expect(found.rows.map(\.prompt) == [["why?\n\nreally"], ["why?\n\nreally"]])
        #expect(found.rows.map(\.responseA) == [["one\ntwo"], ["three"]])
        #expect(found.rows.map(\.responseB) == [["three"], ["one\ntwo"]])
        #expect(found.rows.map(\.modelA) == ["old", "new"] && found.rows.map(\.modelB) == ["new", "old"])
        #expect(
            found.rows.map(\.label) == [.a, .tie]
                && found.rows.map(\.group) == ["question-q1", "question-q1"])
    }

    @Test(
        arguments: [
            ("A>>B", ComparisonLabel.a), ("A>B", .a), ("B<A", .a), ("B<<A", .a), ("A=B", .tie), ("B=A", .tie),
            ("B>A", .b), ("B>>A", .b), ("A<B", .b), ("A<<B", .b),
        ])
    func everyVerdictIsMapped(_ verdict: String, _ label: ComparisonLabel) throws {
        let text =
            record("1", [(shown("q", "a", "b"), "", verdict)])
            + record("2", [(shown("q", "a", "b"), "so [[\(verdict)]]", nil)])
        let found = try SourceTrial(text)
        #expect(found.rows.map(\.label) == [label, label])
        #expect(found.metrics["rule.clearWin"] == (verdict.count == 4 ? 2 : nil))
    }

    @Test func noVerdictIsNeverThePreviousRowsVerdict() throws {
        let text =
            record("1", [(shown("q", "a", "b"), "", "A>B"), (shown("q", "a", "b"), "I cannot say", nil)])
            + record("2", [(shown("q", "a", "b"), "[[A>B]] or [[B>A]]", nil)])
            + record("3", [(shown("q", "a", "b"), "", "A?B"), ("no markers", "", "A>B")]) + record("4", [])
        let found = try SourceTrial(text)
        #expect(found.rows.map(\.id) == ["1/gpt/new/1"])
        #expect(
            found.rejects == [
                "1 no-winner", "2 invalid-winner", "3 invalid-winner", "3 missing-marker", "4 no-turns",
            ])
    }

    @Test func flatRecordsAndListsOfMessagesAreReadToo() throws {
        let prompt = Value.string(shown("q", "a", "b")).json
        let text =
            "{\"question_id\":\"1\",\"model\":\"m\",\"user_prompt\":\(prompt),\"score\":\"B>A\"}\n"
            + "{\"question_id\":\"2\",\"model\":\"m\",\"games\":[{\"prompt\":[{\"role\":\"system\",\"content\":\"s\"},"
            + "{\"role\":\"user\",\"content\":\(prompt)}],\"judgment\":{\"answer\":\"[[A>>B]]\"}}]}\n"
        let found = try SourceTrial(text, "arena-hard")
        #expect(found.rows.map(\.label) == [.b, .a] && found.rows.map(\.prompt) == [["q"], ["q"]])
    }
}
