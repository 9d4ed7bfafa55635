import Columns
import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import Randomness
@testable import RowStages

struct SplitTests {
    /// What a split leaves.
    private struct Result {
        var folds: [Int64?]
        var names: [String?]
        var metrics: [String: Double]
        var report: String
    }

    private func split(
        _ rows: [Comparison], _ parameters: [String: Value] = [:], groups: [(String, String)]? = nil
    ) throws -> Result {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            var inputs = ["rows": [try trial.table("rows.parquet", rows)]]
            if let groups {
                let path = folder.appending("groups.parquet")
                try Table([
                    ("id", .string(StringColumn(groups.map(\.0)))),
                    ("group", .string(StringColumn(groups.map(\.1)))),
                ]).write(to: path)
                inputs["groups"] = [path]
            }
            let outputs = try trial.run(Split.self, inputs, parameters)
            let table = try Table.read(#require(outputs["folds"]))
            let (folds, names) = (try table.integers("fold"), try table.strings("group"))
            return Result(
                folds: rows.indices.map { folds[$0] }, names: rows.indices.map { names[$0] },
                metrics: trial.metrics,
                report: String(
                    decoding: try FileContents.read(#require(outputs["report"]), limit: 1 << 20),
                    as: UTF8.self))
        }
    }

    private func row(
        _ id: String, _ prompt: String, _ responseA: String = "a", _ responseB: String = "b",
        source: String = "train", label: ComparisonLabel? = .a, group: String? = nil
    ) -> Comparison {
        Comparison(
            id: id, source: source, prompt: [prompt], responseA: [responseA], responseB: [responseB],
            label: label, group: group)
    }

    /// `String` holds these ids equal; they are two rows' all the same.
    @Test func idsThatDifferInTheirBytesAreTwo() throws {
        let rows = (0..<6).flatMap { [row("\u{E9}\($0)", "p\($0)"), row("e\u{301}\($0)", "q\($0)")] }
        let result = try split(rows, ["folds": 2])
        #expect(result.folds.compactMap { $0 }.count == 12)
        #expect(throws: (any Error).self) { try split(rows + [rows[0]], ["folds": 2]) }
    }

    /// Rows with repeated prompts, some of them swapped copies.
    private func rows(_ count: Int) -> [Comparison] {
        var random = SeededGenerator(seed: 9)
        let labels: [ComparisonLabel] = [.a, .b, .tie]
        return (0..<count).map { number in
            let prompt = "p\(random.integer(below: count * 2 / 3))"
            let answers = ["x\(random.integer(below: 3))", "y\(random.integer(below: 3))"]
            let isSwapped = random.integer(below: 2) == 1
            return row(
                "\(number)", prompt, answers[isSwapped ? 1 : 0], answers[isSwapped ? 0 : 1],
                label: labels[random.integer(below: 3)])
        }
    }

    @Test(arguments: [["conversation"], ["prompt"], ["conversation", "prompt"]] as [[String]])
    func groupsAreNeverParted(_ groupBy: [String]) throws {
        let rows = rows(900)
        let result = try split(rows, ["folds": 7, "groupBy": .list(groupBy.map { .string($0) })])
        #expect(result.metrics["leaks"] == 0)
        var folds: [String: Set<Int64?>] = [:]
        for (row, fold) in zip(rows, result.folds) {
            let strings = row.prompt + row.responseA + row.responseB
            let key =
                groupBy == ["conversation"]
                ? strings.compactMap { $0 }.sorted().joined(separator: "|") : row.prompt[0] ?? ""
            folds[key, default: []].insert(fold)
        }
        #expect(folds.values.allSatisfy { $0.count == 1 })
        #expect(Set(result.folds) == Set((0..<7).map { Int64($0) }))
        // Labels are spread evenly.
        for label in ComparisonLabel.allCases {
            let counts = (0..<7).map { fold in
                zip(rows, result.folds).count { $0.label == label && $1 == Int64(fold) }
            }
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 6)
        }
    }

    @Test func aUnionJoinsWhatAnyRuleJoins() throws {
        // 1 and 2 share a prompt, 2 and 3 a column's group, 3 and 4 a near-duplicate group; 5 stands alone.
        let rows = [
            row("1", "p"), row("2", "p", "c", group: "g"), row("3", "q", group: "g"), row("4", "r"),
            row("5", "s"),
        ]
        let groups = [("1", "n1"), ("2", "n2"), ("3", "n3"), ("4", "n3"), ("5", "n5")]
        let result = try split(
            rows, ["folds": 2, "groupBy": ["prompt", "group"]], groups: groups)
        #expect(Set(result.folds[0..<4]).count == 1 && result.folds[4] != result.folds[0])
        #expect(Set(result.names[0..<4]).count == 1)
        #expect(result.metrics["groups"] == 2 && result.metrics["leaks"] == 0)
        // Without the input, 4 is a group of its own.
        #expect(try split(rows, ["folds": 2, "groupBy": ["prompt", "group"]]).metrics["groups"] == 3)
        // The input alone.
        let alone = try split(rows, ["folds": 2, "groupBy": []], groups: groups)
        #expect(alone.names == groups.map(\.1) && alone.metrics["groups"] == 4)
        #expect(try split(rows, ["folds": 2, "groupBy": []]).metrics["groups"] == 5)
    }

    @Test func theOrderOfRowsDoesNotMatter() throws {
        let rows = rows(300)
        let parameters: [String: Value] = ["groupBy": ["prompt", "conversation"]]
        let forward = try split(rows, parameters)
        let backward = try split(rows.reversed(), parameters)
        #expect(forward.folds == backward.folds.reversed())
        #expect(forward.names == backward.names.reversed())
    }

    @Test(arguments: [0.1, 0.2, 0.5])
    func aHoldOutHasItsShare(_ share: Double) throws {
        let rows = rows(1_000)
        let result = try split(rows, ["method": "holdOut", "validation": .number(share)])
        let held = zip(rows, result.folds).filter { $0.1 == 0 }
        #expect(result.folds.allSatisfy { $0 == 0 || $0 == nil })
        #expect(abs(Double(held.count) - share * 1_000) <= 4)
        for label in ComparisonLabel.allCases {
            let all = Double(rows.count { $0.label == label })
            #expect(abs(Double(held.count { $0.0.label == label }) - share * all) <= 4)
        }
        #expect(result.metrics["trainingOnly"] == Double(1_000 - held.count) && result.metrics["leaks"] == 0)
        #expect(
            try split(rows, ["method": "holdOut", "validation": .number(share), "seed": 7]).folds
                != result.folds)
    }

    /// The procedure `non_overlap`: validation rows have no key in the extra source, and are a tenth of the others.
    @Test func nothingHeldOutOverlapsWithATrainingSource() throws {
        let train = rows(1_000)
        // Half of the conversations are in the extra source too, with the sides exchanged.
        let extra = train.prefix(500).map { original in
            var copy = original
            copy.id = "extra-" + original.id
            copy.source = "extra"
            (copy.responseA, copy.responseB) = (original.responseB, original.responseA)
            return copy
        }
        let result = try split(
            train + extra, ["method": "holdOut", "validation": 0.1, "trainingSources": ["extra"]])
        func key(_ row: Comparison) -> Set<String?> { Set(row.prompt + row.responseA + row.responseB) }
        let inExtra = Set(extra.map(key))
        let held = zip(train, result.folds).filter { $0.1 != nil }.map(\.0)
        #expect(held.allSatisfy { !inExtra.contains(key($0)) })
        #expect(result.folds.suffix(500).allSatisfy { $0 == nil })
        let free = train.count { !inExtra.contains(key($0)) }
        #expect(abs(held.count - free / 10) <= 2 && held.count > 20)
        // No key of a validation row is a training row's.
        let training = Set(zip(train, result.folds).filter { $0.1 == nil }.map { key($0.0) })
        #expect(held.allSatisfy { !training.contains(key($0)) })
    }

    @Test func foldsLeaveTrainingSourcesOutToo() throws {
        let train = rows(200)
        var extra = row("extra", train[0].prompt[0] ?? "", "other", source: "extra")
        extra.label = .tie
        let result = try split(
            train + [extra], ["folds": 4, "groupBy": ["prompt"], "trainingSources": ["extra"]])
        let shared = train.indices.filter { train[$0].prompt == extra.prompt }
        // What shares a prompt with the source's row is never held out either.
        for index in train.indices { #expect((result.folds[index] == nil) == shared.contains(index)) }
        #expect(result.folds[200] == nil && result.metrics["trainingOnly"] == Double(shared.count + 1))
    }

    @Test func everyTwentiethIdentifier() throws {
        let rows = rows(60)
        let result = try split(rows, ["method": "identifiers", "folds": 20])
        #expect(result.folds == (0..<60).map { Int64($0 % 20) })
        // It looks at no groups, and says what it parted.
        #expect(result.metrics["leaks"] == result.metrics["partedConversations"])
        #expect((result.metrics["partedPrompts"] ?? 0) > 0)
    }

    @Test func theReportShowsWhatOtherRulesWouldSplit() throws {
        let rows = [row("1", "p", "x"), row("2", "p", "y"), row("3", "q"), row("4", "r")]
        let result = try split(rows, ["folds": 4])
        #expect(result.metrics["partedPrompts"] == 1 && result.metrics["leaks"] == 0)
        let report = result.report.filter { !$0.isWhitespace }
        #expect(report.contains(#""parted":{"conversation":0,"prompt":1}"#))
        #expect(report.contains(#""groupedBy":["conversation"]"#))
    }

    @Test(
        arguments: [
            ([["1", "p"], ["1", "q"]], [:], "the id '1' occurs in several rows"),
            (
                [["1", "p"], ["2", "p"]], ["groupBy": ["prompt"]], "2 rows have 1 groups that may be held out"
            ),
            ([["1", "p"]], ["method": "holdOut", "trainingSources": ["train"]], "1 rows have 0 groups"),
            (
                [["1", "p"], ["2", "q"]], ["method": "identifiers", "folds": 3], "2 rows do not fill 3 folds"
            ),
            (
                [["1", "p"], ["2", "q"]], ["trainingSources": ["trian"]],
                "trainingSources: no row is of 'trian'; the rows are of 'train'"
            ),
            (
                [["1", "p"], ["2", "q"], ["3", "r"]], ["method": "holdOut", "validation": 0.01],
                "validation: a share of 0.01 of 3 rows, in groups, holds none out; raise it"
            ),
            (
                [["1", "p"], ["2", "p"]],
                ["method": "holdOut", "validation": 0.9, "groupBy": ["prompt"]],
                "validation: all 2 rows are held out"
            ),
            (
                [["1", "p"]], ["method": "identifiers", "trainingSources": ["train"]],
                "split: trainingSources: 'method: identifiers' looks at ids alone; leave this out"
            ),
        ] as [([[String]], [String: Value], String)])
    func impossibleSplitsAreErrors(
        _ rows: [[String]], _ parameters: [String: Value], _ message: String
    ) throws {
        do {
            _ = try split(rows.map { row($0[0], $0[1]) }, ["folds": 2].merging(parameters) { $1 })
            Issue.record("no error")
        } catch let failure as StageFailure {
            #expect(failure.message.hasPrefix(message))
        }
    }

    @Test func aRowOutsideTheGroupsIsAnError() {
        #expect(throws: StageFailure.self) {
            try split([row("1", "p"), row("2", "q")], groups: [("1", "n")])
        }
        #expect(throws: ColumnsError.self) {
            try split([row("1", "p"), row("2", "q")], groups: [("1", "n"), ("2", "m"), ("1", "m")])
        }
    }
}
