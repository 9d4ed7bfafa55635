import Columns
import Files
import LabelledPredictions
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import PackedRows
@testable import Predictions
@testable import RowStages

struct PackTests {
    /// Packs rows with parameters, and reads the result.
    private func pack(
        _ rows: [Comparison], _ parameters: [String: Value] = [:], special: [String]? = nil,
        threads: Int = 1
    ) throws -> PackedTable {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            var inputs = ["rows": [try trial.table("rows.parquet", rows)]]
            if let special {
                inputs["tokenizer"] = [try trial.file("tokenizer", ByteTokenizer.file(special: special))]
            }
            let outputs = try trial.run(Pack.self, inputs, parameters, threads: threads)
            return try PackedTable.read(#require(outputs["packed"]))
        }
    }

    private func comparison(
        _ prompt: [String?], _ responseA: [String?], _ responseB: [String?], id: String = "1"
    ) -> Comparison {
        Comparison(
            id: id, source: "s", modelA: "first", modelB: "second", prompt: prompt, responseA: responseA,
            responseB: responseB, label: .a, language: "en", group: "g")
    }

    private func words(_ count: Int) -> String {
        Array(repeating: "w", count: count).joined(separator: " ")
    }

    @Test func aTurnsBlockHasUnnumberedHeadings() throws {
        let table = try pack([comparison(["p", "q"], ["a", "c"], ["b", "d"])])
        #expect(
            table.text[0]
                == "#Prompt\np\n\n#Response\n##Model A\na\n\n##Model B\nb\n\n"
                + "#Prompt\nq\n\n#Response\n##Model A\nc\n\n##Model B\nd")
    }

    @Test func byModelWritesOneModelAfterTheOther() throws {
        let table = try pack([comparison(["p", "q"], ["a", "c"], ["b", "d"])], ["packing": "byModel"])
        #expect(
            table.text[0]
                == "#Model A\nPrompt: p\nResponse: a\n\nPrompt: q\nResponse: c\n\n"
                + "#Model B\nPrompt: p\nResponse: b\n\nPrompt: q\nResponse: d")
        #expect(table.turns.values == [2])
    }

    @Test func nullsAndEmptyResponsesBecomeNone() throws {
        let row = comparison([nil, ""], [nil, ""], ["", "x"])
        let table = try pack([row])
        #expect(table.prompt.strings(ofRow: 0) == ["None", ""])
        #expect(table.responseA.strings(ofRow: 0) == ["None", "None"])
        #expect(table.responseB.strings(ofRow: 0) == ["None", "x"])
        #expect(try pack([row], ["nullText": "NULL"]).responseA.strings(ofRow: 0) == ["NULL", "NULL"])
    }

    @Test func turnsWithoutAnyResponseAreDroppedIfThereAreOthers() throws {
        let rows = [
            comparison(["p", "q", "r"], [nil, "a", nil], [nil, nil, nil], id: "1"),
            comparison(["p"], [nil], [nil], id: "2"),
            comparison(["p", "q"], [nil, nil], [nil, nil], id: "3"),
            comparison(["p", "q"], ["", "a"], ["", "b"], id: "4"),
        ]
        let table = try pack(rows, ["removeEmptyTurns": true])
        #expect(
            (0..<4).map { table.prompt.strings(ofRow: $0) } == [["q"], ["p"], ["q"], ["p", "q"]])
        #expect(table.totalTurns.values == [3, 1, 2, 2])
        #expect(try pack(rows).turns.values == [3, 1, 2, 2])
    }

    @Test func theLimitIsThreeQuartersOfTheTokensInWords() throws {
        // Two blocks of 300 pieces each: the headings join the first words, and add a piece per response's heading.
        let turn = words(148)
        let measure = TextMeasure(
            TurnBlock.text(
                of: [
                    TurnTexts(
                        prompt: [UInt8(ascii: "x")], responseA: Array(turn.utf8)[...],
                        responseB: Array(turn.utf8)[...])
                ])[...])
        let row = comparison(["x", "x"], [turn, turn], [turn, turn])
        let fitting = 2 * measure.words * 4 / 3 + 2
        #expect(try pack([row], ["maximumTokens": .integer(fitting)]).turns.values == [2])
        #expect(try pack([row], ["maximumTokens": .integer(fitting - 4)]).turns.values == [1])
        let plain = ["maximumTokens": .integer(2 * measure.words), "unitsPerToken": 1] as [String: Value]
        #expect(try pack([row], plain).turns.values == [2])
    }

    @Test func lastKeepsTheLastRowAndAllKeepsEveryOne() throws {
        // Turns of about 305, 155 and 155 words, for 375.
        let row = comparison(
            ["1", "2", "3"], [words(300), words(75), words(75)], ["x", words(75), words(75)])
        let last = try pack([row, comparison(["p"], ["a"], ["b"], id: "2")], ["maximumTokens": 500])
        #expect(last.turns.values == [2, 1] && last.id[0] == "1" && last.part.values == [0, 0])
        #expect(last.prompt.strings(ofRow: 0) == ["2", "3"])
        let all = try pack(
            [row, comparison(["p"], ["a"], ["b"], id: "2")], ["maximumTokens": 500, "rows": "all"])
        #expect(all.turns.values == [1, 2, 1] && all.part.values == [0, 1, 0])
        #expect((0..<3).map { all.id[$0] } == ["1", "1", "2"])
        #expect((0..<3).map { all.prompt.strings(ofRow: $0) } == [["1"], ["2", "3"], ["p"]])
        #expect((0..<3).allSatisfy { all.label($0) == .a })
        let forward = try pack([row], ["maximumTokens": 500, "rows": "all", "packing": "forward"])
        #expect((0..<2).map { forward.prompt.strings(ofRow: $0) } == [["1"], ["2", "3"]])
    }

    @Test func anOverflowIsCutWithinItsBudget() throws {
        let row = comparison([words(400)], [words(100)], [words(900)])
        let table = try pack([row], ["maximumTokens": 800])
        #expect(table.overflow.values == [true] && table.truncated.values == [true])
        // In tokens 534, 134 and 1,200, for 160 + 2 × 320: A is whole, B has 506, the prompt 160.
        #expect(table.responseA.strings(ofRow: 0) == [words(100)])
        #expect(table.responseB.strings(ofRow: 0) == [words(379)])
        #expect(table.prompt.strings(ofRow: 0) == [words(120)])
        let fixed = try pack([row], ["maximumTokens": 800, "promptTokens": 100, "responseTokens": 200])
        #expect(fixed.responseB.strings(ofRow: 0) == [words(199)])
    }

    @Test func swappingShowsAAsB() throws {
        let row = comparison(["p", "q"], ["a", nil], ["b", "d"])
        var exchanged = comparison(["p", "q"], ["b", "d"], ["a", nil])
        (exchanged.modelA, exchanged.modelB, exchanged.label) = (row.modelB, row.modelA, .b)
        let swapped = try pack([row], ["orientation": "swapped"])
        let expected = try pack([exchanged])
        #expect(swapped.text[0] == expected.text[0])
        #expect(swapped.modelA[0] == "second" && swapped.modelB[0] == "first")
        #expect(swapped.label(0) == .b && swapped.originalLabel(0) == .a)
        #expect(swapped.swapped.values == [true] && expected.swapped.values == [false])
    }

    @Test func rowsOfAComparisonAreAveragedAndSwappedOnesChangeBack() throws {
        let row = comparison(["1", "2"], [words(300), words(300)], ["x", "x"])
        let parameters: [String: Value] = ["maximumTokens": 500, "rows": "all"]
        let shown = [
            Probabilities(a: 0.6, b: 0.2, tie: 0.2), Probabilities(a: 0.2, b: 0.4, tie: 0.4),
            Probabilities(a: 0.5, b: 0.25, tie: 0.25),
        ]
        let rows = [row, comparison(["p"], ["a"], ["b"], id: "2")]
        let normal = try pack(rows, parameters).byComparison(shown)
        #expect(normal.ids == ["1", "2"])
        #expect(abs(normal.probabilities[0].a - 0.4) < 1e-12)
        #expect(abs(normal.probabilities[0].b - 0.3) < 1e-12)
        #expect(normal.probabilities[1] == shown[2])
        let swapped = try pack(rows, parameters.merging(["orientation": "swapped"]) { $1 })
            .byComparison(shown)
        #expect(swapped.probabilities == normal.probabilities.map(\.swapped))
    }

    @Test func anIdOfTwoComparisonsIsAnError() throws {
        let table = try pack([comparison(["p"], ["a"], ["b"]), comparison(["q"], ["a"], ["b"])])
        #expect(throws: StageFailure.self) { try table.comparisons() }
    }

    @Test func threadsDoNotChangeTheBytes() throws {
        let rows = (0..<5_000).map { number in
            comparison(["p", words(number % 90)], ["a", nil], ["b", ""], id: "\(number)")
        }
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let table = try trial.table("rows.parquet", rows)
            let files = try [1, 2, 5].map { threads in
                try FileContents.read(
                    #require(
                        trial.run(Pack.self, ["rows": [table]], ["maximumTokens": 64], threads: threads)[
                            "packed"]),
                    limit: 1 << 30)
            }
            #expect(files[0] == files[1] && files[0] == files[2])
        }
    }
}
