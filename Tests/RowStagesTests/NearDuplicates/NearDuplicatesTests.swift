import Columns
import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import RowStages

struct NearDuplicatesTests {
    private func row(
        _ id: String, _ prompt: String?, _ label: ComparisonLabel? = nil, group: String? = nil
    ) -> Comparison {
        Comparison(
            id: id, source: "made", prompt: [prompt], responseA: ["a"], responseB: ["b"], label: label,
            group: group)
    }

    private var rows: [Comparison] {
        [
            row("z", "What is the capital city of the republic of France?"),
            row("y", "Tell me a joke about penguins", .a, group: "jokes"),
            row("x", "what is the capital city of the Republic of France", .b),
            row("w", "Sing a song about the sea", .tie, group: "jokes"),
            row("v", nil),
        ]
    }

    @Test func groupsKeepAllRowsAndMarkThoseThatBelongTogether() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let outputs = try trial.run(NearDuplicates.self, ["rows": [trial.table("rows", rows)]])
            let marked = try comparisons(outputs["rows"])
            #expect(marked.map(\.id) == ["z", "y", "x", "w", "v"])
            #expect(marked.map(\.group) == ["x", "w", "x", "w", nil])
            let groups = try Table.read(#require(outputs["groups"]))
            #expect(groups.schema.names == ["id", "group"])
            let names = try groups.strings("group")
            #expect((0..<5).map { names[$0] } == ["x", "w", "x", "w", "v"])
            let links = try Table.read(#require(outputs["links"]))
            #expect(try links.strings("other_id")[0] == "x")
            #expect(trial.metrics["groups"] == 2 && trial.metrics["rowsInGroups"] == 4)
            let alone = try trial.run(
                NearDuplicates.self, ["rows": [trial.table("rows", rows)]], ["keepGroups": false])
            #expect(try comparisons(alone["rows"]).map(\.group) == ["x", nil, "x", nil, nil])
        }
    }

    @Test func dropKeepsTheFirstLabelledRow() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let table = try trial.table("rows", rows)
            let outputs = try trial.run(NearDuplicates.self, ["rows": [table]], ["action": "drop"])
            #expect(try comparisons(outputs["rows"]).map(\.id) == ["y", "x", "w", "v"])
            #expect(trial.metrics["dropped"] == 1)
            let first = try trial.run(
                NearDuplicates.self, ["rows": [table]], ["action": "drop", "preferLabelled": false])
            #expect(try comparisons(first["rows"]).map(\.id) == ["z", "y", "w", "v"])
        }
    }

    @Test func bytesDoNotDependOnThreads() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let copies = NearCopies(.latin, families: 200, copies: 4, words: 10, seed: 1)
            let table = try trial.table("rows", copies.comparisons)
            let files = try [1, 4].map { threads in
                let outputs = try trial.run(NearDuplicates.self, ["rows": [table]], threads: threads)
                return try ["rows", "groups", "links", "report"].map {
                    try FileContents.read(#require(outputs[$0]))
                }
            }
            #expect(files[0] == files[1])
        }
    }

    @Test func groupsDoNotDependOnTheOrderOfRows() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let forward = NearCopies(.latin, families: 30, copies: 2, words: 30, seed: 1).comparisons
            func groups(_ rows: [Comparison]) throws -> [String: String] {
                let outputs = try trial.run(NearDuplicates.self, ["rows": [trial.table("rows", rows)]])
                let table = try Table.read(#require(outputs["groups"]))
                let (ids, names) = (try table.strings("id"), try table.strings("group"))
                return Dictionary(
                    uniqueKeysWithValues: (0..<ids.count).map { (ids[$0] ?? "", names[$0] ?? "") })
            }
            let (one, other) = (try groups(forward), try groups(forward.reversed()))
            #expect(one == other)
        }
    }

    @Test func idsMustBeUniqueAndEmptyTablesAreWhole() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let twice = try trial.table("twice", [row("a", "x"), row("a", "y")])
            #expect(throws: StageFailure.self) { try trial.run(NearDuplicates.self, ["rows": [twice]]) }
            let none = try trial.run(NearDuplicates.self, ["rows": [trial.table("none", [])]])
            #expect(try comparisons(none["rows"]).isEmpty)
        }
    }
}
