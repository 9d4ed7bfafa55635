import Columns
import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import IngestStages

/// SPEC 1.3: pairs of LMSYS-Chat-1M.
struct MinePairsTests {
    /// A logged conversation.
    private struct Logged {
        var id: String
        var model: String
        var texts: [String?]
        var language = "English"
        var flag: String?
    }

    private func log(_ rows: [Logged]) throws -> Table {
        let flags = rows.map(\.flag)
        func flagged(_ name: String) -> Column { .boolean(BooleanColumn(flags.map { $0 == name })) }
        let moderation = StructureColumn([
            StructureColumn.Member(
                "categories",
                .structure(
                    StructureColumn([
                        StructureColumn.Member("harassment", flagged("harassment")),
                        StructureColumn.Member("violence", flagged("violence")),
                    ]))),
            StructureColumn.Member("flagged", .boolean(BooleanColumn(flags.map { $0 != nil }))),
        ])
        return try Table([
            ("conversation_id", .string(StringColumn(rows.map(\.id)))),
            ("model", .string(StringColumn(rows.map(\.model)))),
            (
                "conversation",
                conversationColumn(
                    rows.map { row in
                        row.texts.enumerated().map { ($0 % 2 == 0 ? "user" : "assistant", $1) }
                    })
            ), ("language", .string(StringColumn(rows.map(\.language)))),
            (
                "openai_moderation",
                .list(ListColumn(lengths: rows.map { _ in 1 }, elements: .structure(moderation)))
            ),
        ])
    }

    private func mined(
        _ shards: [[Logged]], prompts: [String] = [], without: [Comparison] = [],
        verdicts: [(String, String)]? = nil, parameters: [String: Value] = [:], threads: Int = 1
    ) throws -> (rows: [Comparison], prompts: Table, metrics: [String: Double]) {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            var inputs: [String: [FilePath]] = ["conversations": []]
            for (index, shard) in shards.enumerated() {
                let path = folder.appending("shard-\(index)")
                try log(shard).write(to: path)
                inputs["conversations"]?.append(path)
            }
            if !prompts.isEmpty {
                inputs["prompts"] = [
                    try trial.table(
                        "prompts",
                        prompts.enumerated().map {
                            Comparison(
                                id: "\($0)", source: "s", prompt: [$1], responseA: [nil], responseB: [nil])
                        })
                ]
            }
            if !without.isEmpty { inputs["without"] = [try trial.table("without", without)] }
            if let verdicts {
                let path = folder.appending("verdicts")
                try Table([
                    ("group", .string(StringColumn(verdicts.map(\.0)))),
                    ("verdict", .string(StringColumn(verdicts.map(\.1)))),
                ]).write(to: path)
                inputs["verdicts"] = [path]
            }
            let outputs = try trial.run(MinePairs.self, inputs, parameters, threads: threads)
            return (
                try comparisons(outputs["rows"]), try Table.read(#require(outputs["prompts"])), trial.metrics
            )
        }
    }

    @Test func everyTwoConversationsOfTheSamePromptsAreAPair() throws {
        let shards = [
            [
                Logged(id: "1", model: "m", texts: ["p", "x"]),
                Logged(id: "2", model: "n", texts: ["p", "y"]),
                Logged(id: "3", model: "m", texts: ["p", "x", "q", "z"]),
            ],
            [
                Logged(id: "4", model: "o", texts: ["p", "w"]),
                Logged(id: "5", model: "o", texts: ["alone", "w"]),
            ],
        ]
        let found = try mined(shards)
        #expect(found.rows.map(\.id) == ["1/2", "1/4", "2/4"])
        #expect(found.rows[1].responseA == ["x"] && found.rows[1].responseB == ["w"])
        #expect(found.rows[1].modelA == "m" && found.rows[1].modelB == "o" && found.rows[1].label == nil)
        #expect(Set(found.rows.map(\.group)).count == 1 && found.rows[0].language == "English")
        #expect(found.metrics["groupTooSmall"] == 2 && found.metrics["pairs"] == 3)
    }

    @Test func englishConversationsThatShareAPromptAreKept() throws {
        let shard = [
            Logged(id: "1", model: "m", texts: ["hello", "x", "p", "y"]),
            Logged(id: "2", model: "n", texts: ["hello", "u", "p", "v"]),
            Logged(id: "3", model: "m", texts: ["q", "x"]), Logged(id: "4", model: "n", texts: ["q", "y"]),
            Logged(id: "5", model: "o", texts: ["hello", "u", "p", "v"], language: "German"),
        ]
        let found = try mined([shard], prompts: ["p"])
        #expect(found.rows.map(\.id) == ["1/2"] && found.rows[0].prompt == ["hello", "p"])
        #expect(found.metrics["noSharedPrompt"] == 2 && found.metrics["otherLanguage"] == 1)
        #expect(try mined([shard], prompts: ["p"], parameters: ["language": .null]).rows.count == 3)
    }

    @Test func theSameModelWithTheSameAnswersCountsOnce() throws {
        // Its result was computed and thrown away.
        let found = try mined([
            [
                Logged(id: "1", model: "m", texts: ["p", "x"]),
                Logged(id: "2", model: "m", texts: ["p", "x"]),
                Logged(id: "3", model: "n", texts: ["p", "x"]),
                Logged(id: "4", model: "m", texts: ["p", "z"]),
            ]
        ])
        #expect(found.rows.map(\.id) == ["1/3", "3/4"])
        #expect(found.metrics["sameModelAndAnswers"] == 1 && found.metrics["sameModel"] == 1)
    }

    @Test func flaggedSidesAndKnownConversationsAreLeftOut() throws {
        let shard = [
            Logged(id: "1", model: "m", texts: ["p", "x"]), Logged(id: "2", model: "n", texts: ["p", "y"]),
            Logged(id: "3", model: "o", texts: ["p", "z"], flag: "violence"),
            Logged(id: "4", model: "q", texts: ["p", nil]),
        ]
        // The validation set has the pair with exchanged sides.
        let valid = Comparison(
            id: "v", source: "s", prompt: ["p"], responseA: ["y"], responseB: ["x"], label: .a)
        let found = try mined([shard], without: [valid])
        #expect(found.rows.map(\.id) == ["1/4", "2/4"])
        #expect(found.metrics["flagged"] == 3 && found.metrics["known"] == 1)
        #expect(try mined([shard], parameters: ["goodModeration": false]).rows.count == 6)
    }

    @Test func groupsMustHaveTheRightSize() throws {
        func shard(_ count: Int) -> [Logged] {
            (0..<count).map { Logged(id: "\($0)", model: "m\($0)", texts: ["p", "\($0)"]) }
        }
        #expect(try mined([shard(36)]).rows.count == 630)
        let large = try mined([shard(37)])
        #expect(large.rows.isEmpty && large.metrics["groupTooLarge"] == 1)
        let some = try mined([shard(10)], parameters: ["maximumPairs": 7])
        #expect(some.rows.count == 7 && some.metrics["overMaximum"] == 38)
        let (again, other) = (
            try mined([shard(10)], parameters: ["maximumPairs": 7]),
            try mined([shard(10)], parameters: ["maximumPairs": 7, "seed": 1])
        )
        #expect(again.rows == some.rows)
        #expect(other.rows != some.rows)
    }

    @Test func anOutsideJudgeChoosesPromptsByTheirGroup() throws {
        func shard(_ prompt: String) -> [Logged] {
            (0..<4).map { Logged(id: "\(prompt)\($0)", model: "m\($0)", texts: [prompt, "\($0)"]) }
        }
        // Across shards: a judged prompt's rows are found by the group's name and not by their place.
        let shards = [
            shard("p") + shard("q"), shard("r"), [Logged(id: "s0", model: "m", texts: ["s", "x"])],
            [Logged(id: "s1", model: "n", texts: ["s", "y"])],
        ]
        let all = try mined(shards)
        let (groups, prompts) = (try all.prompts.strings("group"), try all.prompts.strings("prompt"))
        #expect((0..<4).map { prompts[$0] } == ["p", "q", "r", "s"])
        #expect(try all.prompts.integers("pairs").values == [6, 6, 6, 1])
        let judged = try mined(
            shards.reversed(), verdicts: [(groups[0] ?? "", "Yes."), (groups[1] ?? "", "no")])
        // Few pairs need no verdict; many without one are left out.
        #expect(Set(judged.rows.map { $0.prompt[0] ?? "" }) == ["p", "s"])
        #expect(judged.metrics["verdictNo"] == 6 && judged.metrics["noVerdict"] == 6)
    }

    @Test func invalidConversationsAreCounted() throws {
        let found = try mined([
            [
                Logged(id: "1", model: "m", texts: ["p"]), Logged(id: "", model: "m", texts: ["p", "x"]),
                Logged(id: "3", model: "m", texts: []), Logged(id: "4", model: "m", texts: ["p", "x"]),
                Logged(id: "5", model: "n", texts: ["p", "y"]),
            ]
        ])
        #expect(found.rows.map(\.id) == ["4/5"])
        #expect(found.metrics["rejected.roles"] == 1 && found.metrics["rejected.missing-id"] == 1)
        #expect(found.metrics["rejected.no-turns"] == 1 && found.metrics["read"] == 5)
    }

    @Test func threadsChangeNothingAndIdsAreUnique() throws {
        let shard = (0..<600).map {
            Logged(id: "\($0 % 50)", model: "m\($0 % 7)", texts: ["p\($0 % 40)", "\($0)"])
        }
        let (one, several) = (try mined([shard, shard]), try mined([shard, shard], threads: 3))
        #expect(one.rows == several.rows && !one.rows.isEmpty)
        #expect(Set(one.rows.map(\.id)).count == one.rows.count)
    }

    @Test func longNamesAreNotCut() throws {
        let long = String(repeating: "n", count: 300)
        let found = try mined([
            [
                Logged(id: long + "1", model: long + "x", texts: ["p", "x"]),
                Logged(id: long + "2", model: long + "y", texts: ["p", "y"]),
            ]
        ])
        #expect(found.rows.map(\.id) == ["\(long)1/\(long)2"] && found.rows[0].modelB == long + "y")
    }

    @Test func aLogOfWhichNothingCanBeReadIsAnError() throws {
        let failure = #expect(throws: StageFailure.self) {
            try mined([
                [Logged(id: "1", model: "m", texts: []), Logged(id: "", model: "m", texts: ["p", "x"])]
            ])
        }
        #expect(failure?.message.contains("none of the 2 could be used: 1 missing-id, 1 no-turns") == true)
    }

    @Test func verdictsThatDisagreeAreAnError() throws {
        let shard = [
            Logged(id: "1", model: "m", texts: ["p", "x"]), Logged(id: "2", model: "n", texts: ["p", "y"]),
        ]
        #expect(throws: ColumnsError.self) { try mined([shard], verdicts: [("g", "yes"), ("g", "no")]) }
        #expect(throws: Never.self) {
            _ = try mined([shard], verdicts: [("g", "yes"), ("g", "Yes, it has")])
        }
    }
}
