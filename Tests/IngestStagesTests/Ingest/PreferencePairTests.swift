import Columns
import Comparisons
import StageSchemas
import Testing

/// SPEC 1.3: sets of a chosen and a rejected answer, with and without ratings.
struct PreferencePairTests {
    private func pair(_ prompt: String, _ chosen: String = "good", _ rejected: String = "bad") -> String {
        "{\"prompt\":\"\(prompt)\",\"chosen\":\"\(chosen)\",\"rejected\":\"\(rejected)\"}\n"
    }

    private func rated(_ prompt: String, _ chosen: Double, _ rejected: Double, _ answer: String = "x")
        -> String
    {
        """
        {"source":"s","prompt":"\(prompt)","chosen":"\(answer)","chosen-rating":\(chosen),"chosen-model":"up",\
        "rejected":"\(answer)2","rejected-rating":\(rejected),"rejected-model":"down"}

        """
    }

    @Test func sidesAreExchangedByASeededChance() throws {
        let text = (0..<400).map { pair("p\($0)") }.joined()
        let found = try SourceTrial(text)
        for row in found.rows {
            #expect(row.responseA == (row.label == .a ? ["good"] : ["bad"]))
            #expect(row.responseB == (row.label == .a ? ["bad"] : ["good"]))
        }
        let exchanged = found.rows.count { $0.label == .b }
        #expect(
            exchanged > 150 && exchanged < 250 && found.metrics["rule.sidesExchanged"] == Double(exchanged))
        let (again, other) = (try SourceTrial(text), try SourceTrial(text, "auto", ["seed": 7]))
        #expect(again.rows == found.rows)
        #expect(other.rows != found.rows)
        let plain = try SourceTrial(text, "chosen-rejected", ["exchangeSides": false])
        #expect(plain.rows.allSatisfy { $0.label == .a && $0.responseA == ["good"] })
        #expect(found.rows.map(\.id) == (0..<400).map { "\($0)" })
    }

    @Test func messagesOrTextsAndASystemPromptLeftOut() throws {
        let text = [
            "{\"question\":\"p\",\"chosen\":\(messages("p", "x", system: "be good")),\"rejected\":\(messages("p", "y"))}",
            "{\"prompt\":\"p\",\"system\":\"be good\",\"chosen\":\"x\",\"rejected\":\"y\"}",
            "{\"prompt\":\"p\",\"chosen\":[{\"role\":\"assistant\",\"content\":\"x\"}],"
                + "\"rejected\":[{\"from\":\"gpt\",\"value\":\"y\"}]}",
            "{\"prompt\":\(messages("a", "b", "p")),\"chosen\":\"x\",\"rejected\":\"y\"}",
            "{\"prompt\":\"p\",\"chosen\":\"[{1}]\",\"rejected\":\"\"}",
            "{\"prompt\":\"p\",\"chosen\":\(messages("p", "x")),\"rejected\":\(messages("q", "y"))}",
        ].joined(separator: "\n")
        let found = try SourceTrial(text, "chosen-rejected", ["exchangeSides": false])
        #expect(found.rows.map(\.prompt) == [["p"], ["p"], ["p"], ["a", "p"], ["p"]])
        #expect(found.rows.map(\.responseA) == [["x"], ["x"], ["x"], ["b", "x"], ["[{1}]"]])
        #expect(found.rows.map(\.responseB) == [["y"], ["y"], ["y"], ["b", "y"], [""]])
        #expect(found.metrics["rule.systemPromptLeftOut"] == 2)
        #expect(found.rejects == ["6 prompts-differ"])
    }

    @Test func parquetCSVAndJSONAreOne() throws {
        let chosen = [[("user", "p"), ("assistant", "x, \"y\"")]] as [[(role: String, content: String?)]]
        let rejected = [[("user", "p"), ("assistant", "z")]] as [[(role: String, content: String?)]]
        let table = try Table([
            ("prompt", .string(StringColumn(["p"]))), ("chosen", conversationColumn(chosen)),
            ("chosen-rating", .floating(FloatingColumn([4.5]))),
            ("chosen-model", .string(StringColumn(["up"]))),
            ("rejected", conversationColumn(rejected)), ("rejected-rating", .integer(IntegerColumn([3]))),
            ("rejected-model", .string(StringColumn(["down"]))),
        ])
        let parquet = try SourceTrial(table)
        func cell(_ text: String) -> String {
            "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                + "\""
        }
        let (a, b) = (messages("p", "x, \"y\""), messages("p", "z"))
        let csv = try SourceTrial(
            "prompt,chosen,chosen-rating,chosen-model,rejected,rejected-rating,rejected-model\n"
                + "p,\(cell(a)),4.5,up,\(cell(b)),3,down\n")
        let json = try SourceTrial(
            "[{\"prompt\":\"p\",\"chosen\":\(a),\"chosen-rating\":4.5,\"chosen-model\":\"up\",\"rejected\":\(b),"
                + "\"rejected-rating\":3,\"rejected-model\":\"down\"}]")
        #expect(parquet.rows == csv.rows && csv.rows == json.rows && parquet.rows.count == 1)
        #expect(Set([parquet.rows[0].responseA, parquet.rows[0].responseB]) == [["x, \"y\""], ["z"]])
    }

    @Test func ofTheRowsOfOnePromptTheLargestGapIsTaken() throws {
        let text =
            rated("p", 4, 3, "one") + rated("q", 5, 1, "two") + rated("p", 5, 2, "three")
            + rated("p", 4, 1, "four") + rated("q", 2, 3, "five")
        let found = try SourceTrial(text, "auto", ["exchangeSides": false, "maximumRejects": 0.2])
        #expect(found.rows.map(\.responseA) == [["two"], ["three"]])
        #expect(found.rows.allSatisfy { $0.modelA == "up" && $0.modelB == "down" && $0.label == .a })
        #expect(found.rejects == ["1 smaller-gap", "4 smaller-gap", "5 invalid-winner"])
        let all = try SourceTrial(text, "ultrafeedback", ["onePerPrompt": false])
        #expect(all.rows.count == 4)
    }

    @Test func equalRatingsAreATieAndChangeSidesToo() throws {
        let found = try SourceTrial((0..<60).map { rated("p\($0)", 3, 3) }.joined())
        #expect(found.rows.allSatisfy { $0.label == .tie })
        #expect(found.metrics["rule.equalRatings"] == 60)
        let swapped = found.rows.count { $0.modelA == "down" && $0.responseA == ["x2"] }
        #expect(swapped > 10 && swapped < 50)
        // A second look at what is left takes nothing away: of ties no gap is larger.
        #expect(found.rejects.isEmpty)
    }

    @Test func mathStepsJoinThePrompt() throws {
        let text = """
            {"dataset":"d","prompt":"What is 1+1?","initial_reason_steps":"Step 1:","chosen":"c","rejected":"r",\
            "full_chosen":"It is 2.","full_rejected":"It is 3.","answer":"2"}
            """
        let found = try SourceTrial(text, "auto", ["exchangeSides": false])
        #expect(found.rows[0].prompt == ["What is 1+1?\nStep 1:"])
        #expect(found.rows[0].responseA == ["It is 2."] && found.rows[0].responseB == ["It is 3."])
        #expect(found.rows[0].source == "math-step" && found.rows[0].id == "0")
    }
}
