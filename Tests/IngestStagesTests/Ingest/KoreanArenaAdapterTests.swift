import StageSchemas
import Testing

@testable import Comparisons

/// SPEC 1.3: `mncai/ko-chatbot-arena`.
struct KoreanArenaAdapterTests {
    private func line(_ winner: String, _ a: String, _ b: String) -> String {
        "{\"chats_a\":\(Value.string(a).json),\"chats_b\":\(Value.string(b).json),\"model_a\":\"m\","
            + "\"model_b\":\"n\",\"winner\":\"\(winner)\"}\n"
    }

    private let a =
        #"[ChatMessage(content='안녕', role='user'), ChatMessage(content="it's \n 네", role='assistant')]"#
    private let b = #"[{'content': '안녕'}, {'content': 'content=\'x\''}]"#

    @Test func chatsThatPythonPrintedAreRead() throws {
        let found = try SourceTrial(line("model_a", a, b))
        #expect(
            found.rows == [
                Comparison(
                    id: "0", source: "korean-arena", modelA: "m", modelB: "n", prompt: ["안녕"],
                    responseA: ["it's \n 네"], responseB: ["content='x'"], label: .a, language: "ko")
            ])
    }

    @Test func bothSpellingsOfATieAndUnknownWinners() throws {
        let found = try SourceTrial(line("tie", a, b) + line("tie(both bad)", a, b) + line("nobody", a, b))
        #expect(found.rows.map(\.label) == [.tie, .tie])
        #expect(found.rows.map(\.id) == ["0", "1"])
        // An unknown winner would have been a row with no label at all.
        #expect(found.rejects == ["3 invalid-winner"] && found.metrics["rule.bothBad"] == 1)
    }

    @Test func aRowThatCannotBeReadIsRejectedWithItsNumber() throws {
        let found = try SourceTrial(
            line("tie", a, b) + line("tie", "[ChatMessage(content='안", b) + line("tie", b, a))
        #expect(found.rows.map(\.id) == ["0", "2"] && found.rejects == ["2 malformed-cell"])
    }
}
