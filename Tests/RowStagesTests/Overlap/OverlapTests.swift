import Columns
import Files
import FoundationEssentials
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import RowStages

/// SPEC 1.2: how much of the 33k occurs in the training rows.
struct OverlapTests {
    private func row(_ id: String, _ prompt: [String], _ a: [String?], _ b: [String?]) -> Comparison {
        Comparison(id: id, source: "s", prompt: prompt, responseA: a, responseB: b)
    }

    @Test func countsPromptsResponsesPairsAndAllThree() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let extra = [
                row("all", ["p"], ["x"], ["y"]), row("prompt", ["p"], ["1"], ["2"]),
                row("a", ["other"], ["x"], ["3"]), row("b", ["other"], ["4"], ["y"]),
                row("pa", ["p"], ["x"], ["5"]), row("pb", ["p"], ["6"], ["y"]),
                row("ab", ["else"], ["x"], ["y"]), row("swapped", ["p"], ["y"], ["x"]),
                row("turns", ["p", "p"], ["x", "x"], ["y", "y"]), row("none", ["n"], ["n"], [nil]),
            ]
            // Another row has the response that no prompt of the same row has.
            let train = [row("t", ["p"], ["x"], ["y"]), row("u", ["u"], ["9"], ["8"])]
            let outputs = try trial.run(
                Overlap.self,
                ["rows": [trial.table("extra", extra)], "others": [trial.table("train", train)]])
            let expected: [String: Double] = [
                "prompt": 5, "responseA": 4, "responseB": 4, "promptAndA": 2, "promptAndB": 2,
                "bothResponses": 2, "all": 1, "conversation": 3, "rows": 10,
            ]
            #expect(trial.metrics == expected)
            let matches = try Table.read(#require(outputs["matches"]))
            let ids = try matches.strings("id")
            #expect(
                (0..<ids.count).map { ids[$0] } == [
                    "all", "prompt", "a", "b", "pa", "pb", "ab", "swapped", "turns",
                ])
            let conversations = try matches.booleans("conversation")
            #expect(conversations[0] == true && conversations[7] == true && conversations[8] == true)
            let report = try JSONDecoder().decode(
                Value.self, from: Data(FileContents.read(#require(outputs["report"]))))
            guard case .map(let entries) = report, case .map(let back)? = entries["othersInRows"] else {
                Issue.record("the report is a map")
                return
            }
            #expect(back["prompt"] == 1 && back["all"] == 1)
        }
    }
}
