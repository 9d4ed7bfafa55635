import Comparisons
import StageSchemas
import Testing

/// SPEC 1.3: MT-bench human judgments.
struct BenchAdapterTests {
    private func line(
        _ turn: Int, _ judge: String, winner: String = "model_a", question: Int = 81, type: String? = nil
    )
        -> String
    {
        """
        {"question_id":\(question),"model_a":"m1","model_b":"m2","winner":"\(winner)","judge":"\(judge)",\
        \(type.map { "\"type\":\"\($0)\"," } ?? "")"turn":\(turn),"conversation_a":\(messages("p", "x", "q", "y")),\
        "conversation_b":\(messages("p", "u", "q", "v"))}

        """
    }

    @Test func turnOneKeepsTheFirstTurnAndTurnTwoBoth() throws {
        let found = try SourceTrial(line(1, "expert_1") + line(2, "expert_1"))
        #expect(found.rows.map(\.prompt) == [["p"], ["p", "q"]])
        #expect(found.rows.map(\.responseA) == [["x"], ["x", "y"]])
        #expect(found.rows.map(\.responseB) == [["u"], ["u", "v"]])
        #expect(found.metrics["rule.laterTurnsLeftOut"] == 1)
        #expect(try SourceTrial(line(3, "expert_1") + line(0, "expert_1")).rejects.count == 2)
    }

    @Test func idsAreUniqueAndTheQuestionIsTheGroup() throws {
        let found = try SourceTrial(
            line(1, "author_1") + line(1, "author_1") + line(1, "author_1", question: 82))
        #expect(found.rows.map(\.id) == ["81-1", "81-2", "82-3"])
        #expect(found.rows.map(\.group) == ["question-81", "question-81", "question-82"])
        #expect(found.rows[0].source == "mt-bench")
    }

    @Test func judgesAreChosenByKind() throws {
        let text =
            line(1, "author_0") + line(2, "gpt4_pair", winner: "tie (inconsistent)")
            + line(2, "gpt-4", type: "human")
        let human = try SourceTrial(text, "mt-bench", ["judges": "human", "maximumRejects": 0])
        #expect(human.rows.map(\.id) == ["81-1", "81-3"] && human.rejects == ["2 other-judge"])
        let model = try SourceTrial(text, "mt-bench", ["judges": "model"])
        #expect(model.rows.map(\.label) == [.tie])
        #expect(model.metrics["rule.inconsistent"] == 1 && model.metrics["rejected.other-judge"] == 2)
        #expect(try SourceTrial(text).rows.count == 3)
    }
}
