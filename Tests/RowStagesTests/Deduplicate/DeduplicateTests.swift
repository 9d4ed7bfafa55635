import Columns
import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import RowStages

/// SPEC 1.2, 1.3 and 2: duplicates by set of strings, by prompt, by columns, and tables put together.
struct DeduplicateTests {
    private func row(
        _ id: String, _ prompt: String, _ a: String?, _ b: String?, _ label: ComparisonLabel? = .a,
        source: String = "s"
    ) -> Comparison {
        Comparison(id: id, source: source, prompt: [prompt], responseA: [a], responseB: [b], label: label)
    }

    private func deduplicated(
        _ tables: [[Comparison]], without: [[Comparison]] = [], parameters: [String: Value] = [:]
    ) throws -> (ids: [String], outputs: [String: Table], metrics: [String: Double]) {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let inputs = try tables.enumerated().map { try trial.table("t\($0)", $1) }
            let others = try without.enumerated().map { try trial.table("w\($0)", $1) }
            let outputs = try trial.run(Deduplicate.self, ["rows": inputs, "without": others], parameters)
            return (
                try comparisons(outputs["rows"]).map(\.id),
                [
                    "duplicates": try Table.read(#require(outputs["duplicates"])),
                    "provenance": try Table.read(#require(outputs["provenance"])),
                ], trial.metrics
            )
        }
    }

    @Test func theSetOfStringsKnowsNeitherSidesNorTurns() throws {
        let long = Comparison(
            id: "1", source: "s", prompt: ["p", "q"], responseA: ["x", nil], responseB: ["y", "z"], label: .a)
        var swapped = long
        (swapped.id, swapped.responseA, swapped.responseB) = ("2", long.responseB, long.responseA)
        var turned = long
        turned.id = "3"
        turned.prompt.reverse()
        turned.responseA.reverse()
        turned.responseB.reverse()
        var without = long
        (without.id, without.responseA) = ("4", ["x", "y"])
        let found = try deduplicated([[long, swapped, turned, without]])
        #expect(found.ids == ["1", "4"])
        let relation = try #require(found.outputs["duplicates"]).strings("relation")
        #expect(relation[0] == "swapped" && relation[1] == "reordered")
        // The swapped copy's label should be turned round, and is not.
        let agrees = try #require(found.outputs["duplicates"]).booleans("agrees")
        #expect(agrees[0] == false && agrees[1] == true)
    }

    @Test func theOrderOfInputsIsThePriority() throws {
        let (first, second) = (
            [row("a", "p", "x", "y", nil)], [row("b", "p", "x", "y"), row("c", "q", "x", "y")]
        )
        #expect(try deduplicated([first, second]).ids == ["b", "c"])
        #expect(try deduplicated([first, second], parameters: ["preferLabelled": false]).ids == ["a", "c"])
        #expect(try deduplicated([second, first]).ids == ["b", "c"])
    }

    @Test func byNonOverlapRuleRowsThatTheExtraDataHasAreLeftToIt() throws {
        // same = train rows whose key occurs in the extra set, be it with exchanged sides; train_33k = the rest + the extra set.
        let extra = [row("e1", "p", "x", "y"), row("e2", "q", "x", "y", .tie)]
        let train = [row("same", "p", "y", "x", .b), row("t2", "q", "x", "z"), row("t3", "r", "x", nil)]
        let found = try deduplicated([extra, train])
        #expect(found.ids == ["e1", "e2", "t2", "t3"])
        let agrees = try #require(found.outputs["duplicates"]).booleans("agrees")
        #expect(agrees[0] == true)
        // And the validation side: what is not in the extra set.
        #expect(try deduplicated([train], without: [extra]).ids == ["t2", "t3"])
    }

    @Test func by21kRuleThePromptsLastRowIsKept() throws {
        // External rows, then train; duplicates by prompt; keep the last.
        let external = [row("e1", "p", "1", "2"), row("e2", "q", "1", "2"), row("e3", "q", "3", "4")]
        let train = [row("t1", "p", "5", "6")]
        let found = try deduplicated([external, train], parameters: ["by": "prompt", "keep": "last"])
        #expect(found.ids == ["e3", "t1"])
        let relation = try #require(found.outputs["duplicates"]).strings("relation")
        #expect((0..<2).map { relation[$0] } == ["other", "other"])
        #expect(try #require(found.outputs["duplicates"]).booleans("agrees")[0] == nil)
    }

    @Test func by24kRuleRowsWhosePromptOccursInTrainAreDropped() throws {
        let extra = [row("e1", "p", "1", "2"), row("e2", "q", "1", "2"), row("e3", "q", "3", "4")]
        let train = [row("t1", "p", "5", "6")]
        let found = try deduplicated(
            [extra], without: [train], parameters: ["by": "prompt", "within": false])
        #expect(found.ids == ["e2", "e3"] && found.metrics["unwanted"] == 1)
        #expect(try #require(found.outputs["duplicates"]).strings("kept_id")[0] == "t1")
    }

    @Test func by30kRuleRowsThatMatchOnAllThreeAreDropped() throws {
        let extra = [
            row("e1", "p", "1", "2"), row("e2", "p", "2", "1"), row("e3", "p", "1", nil),
            row("e4", "p", "1", ""),
        ]
        let train = [row("t1", "p", "1", "2", .b), row("t2", "p", "1", nil)]
        let columns: Value = ["prompt", "response_a", "response_b"]
        #expect(
            try deduplicated([extra], without: [train], parameters: ["by": "columns", "columns": columns]).ids
                == ["e2", "e4"])
        // With its label, the first is not a duplicate.
        let labelled: Value = ["prompt", "response_a", "response_b", "label"]
        #expect(
            try deduplicated([extra], without: [train], parameters: ["by": "columns", "columns": labelled])
                .ids == [
                    "e1", "e2", "e4",
                ])
    }

    @Test func acrossInputsOnlyLeavesATablesOwnDuplicates() throws {
        let extra = [row("e1", "p", "1", "2"), row("e2", "p", "1", "2"), row("e3", "q", "1", "2")]
        let train = [row("t1", "q", "1", "2"), row("t2", "q", "1", "2")]
        #expect(
            try deduplicated([train, extra], parameters: ["within": false]).ids == ["t1", "t2", "e1", "e2"])
        #expect(try deduplicated([train, extra]).ids == ["t1", "e1"])
    }

    @Test func tablesArePutTogetherWithProvenanceAndUniqueIds() throws {
        let one = [row("1", "p", "x", "y", source: "kaggle"), row("2", "p", "x", "y", source: "kaggle")]
        let two = [
            row("1", "p", "x", "y", source: "arena"), row("arena/1", "q", "x", "y", source: "arena"),
            row("1", "r", "x", "y", source: "arena"),
        ]
        let found = try deduplicated([one, two], parameters: ["by": "nothing"])
        #expect(found.ids == ["1", "2", "arena/1#2", "arena/1", "arena/1#3"])
        let provenance = try #require(found.outputs["provenance"])
        let (ids, originals) = (try provenance.strings("id"), try provenance.strings("original_id"))
        #expect((0..<5).map { ids[$0] } == found.ids)
        #expect((0..<5).map { originals[$0] } == ["1", "2", "1", "arena/1", "1"])
        #expect(try provenance.integers("input").values == [0, 0, 1, 1, 1])
        #expect(try provenance.integers("row").values == [1, 2, 1, 2, 3])
        #expect(try provenance.strings("source")[4] == "arena")
        #expect(found.metrics["renamed"] == 2 && found.metrics["duplicates"] == 0)
    }

    @Test func manyRowsOfOneIdAreNamedInLinearTime() throws {
        let table = (0..<1_000).map { row("1", "p\($0)", "x", "y") }
        let found = try deduplicated([table], parameters: ["by": "nothing"])
        #expect(Set(found.ids).count == 1_000)
        #expect(Array(found.ids.prefix(3)) == ["1", "s/1", "s/1#2"] && found.ids.last == "s/1#999")
    }

    @Test func parametersMustFit() {
        let table = [row("1", "p", "x", "y")]
        #expect(throws: StageFailure.self) { try deduplicated([table], parameters: ["by": "columns"]) }
        #expect(throws: StageFailure.self) { try deduplicated([table], parameters: ["columns": ["prompt"]]) }
        #expect(throws: StageFailure.self) {
            try deduplicated([table], without: [table], parameters: ["by": "nothing"])
        }
    }
}
