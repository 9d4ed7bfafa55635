import Columns
import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing
import Tokenizers

@testable import Comparisons
@testable import PackedRows
@testable import PromptTemplates
@testable import RowStages

/// Packing with a tokenizer, which has one token per byte here.
struct PackTokensTests {
    private static let special = ByteTokenizer.special(of: .gemma)

    private func pack(_ rows: [Comparison], _ parameters: [String: Value]) throws -> PackedTable {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let tokenizer = try trial.file("tokenizer", ByteTokenizer.file(special: Self.special))
            let table = try trial.table("rows.parquet", rows)
            let outputs = try trial.run(
                Pack.self, ["rows": [table], "tokenizer": [tokenizer]], parameters, threads: 2)
            return try PackedTable.read(#require(outputs["packed"]))
        }
    }

    private func row(_ turns: [(String, String, String)], id: String = "1") -> Comparison {
        Comparison(
            id: id, source: "s", prompt: turns.map(\.0), responseA: turns.map(\.1),
            responseB: turns.map(\.2), label: .tie)
    }

    private func letters(_ letter: String, _ count: Int) -> String { String(repeating: letter, count: count) }

    @Test func theTokensAreThoseOfTheTextBetweenTheTemplates() throws {
        let rows = [row([("why", "so", "no")]), row([("a b", letters("c ", 400), "d")], id: "2")]
        let table = try pack(rows, ["template": "gemma", "maximumTokens": 200])
        let tokenizer = try ByteTokenizer.tokenizer(special: Self.special)
        let encoder = try PromptEncoder(.gemma, tokenizer)
        let tokens = try #require(table.tokens)
        let answers = try #require(table.answers)
        #expect(table.overflow.values == [false, true])
        for index in 0..<2 {
            let prompt = try encoder.prompt(
                of: [
                    TurnTexts(
                        prompt: Array((rows[index].prompt[0] ?? "").utf8)[...],
                        responseA: Array((rows[index].responseA[0] ?? "").utf8)[...],
                        responseB: Array((rows[index].responseB[0] ?? "").utf8)[...])
                ], isOverflow: index == 1, TokenBudget(maximum: 200))
            #expect(tokens.ids(ofRow: index) == prompt.ids)
            #expect(table.text[index] == tokenizer.decode(Array(prompt.ids[prompt.conversation])))
            #expect(answers.ids(ofRow: index) == [65, 66, 67] + [try #require(encoder.end)])
        }
        #expect(table.truncated.values == [false, true])
        #expect(table.responseA.strings(ofRow: 1)[0].map { $0.utf8.count < 200 } == true)
        #expect(table.prompt.strings(ofRow: 1) == ["a b"])
    }

    @Test func aRowOfMoreTokensThanEstimatedLosesOneSide() throws {
        // Few words, many tokens: not long by words, so no overflow.
        let rows = [row([(letters("x", 80), letters("y", 80), letters("z", 80))])]
        let end = try pack(rows, ["template": "gemma", "maximumTokens": 64])
        #expect(end.overflow.values == [false] && end.truncated.values == [true])
        #expect(end.text[0] == letters("z", 64))
        let start = try pack(rows, ["template": "gemma", "maximumTokens": 64, "truncation": "keepStart"])
        #expect(start.text[0] == "#Prompt\n" + letters("x", 56))
    }

    @Test func tokenExactTurnsFillTheBudgetToTheToken() throws {
        // Turns of 100 and 54 tokens.
        let headings = try ConversationEncoder(ByteTokenizer.tokenizer()).headingCount
        #expect(headings == 8 + 22 + 12)
        let rows = [row([(letters("p", 28), letters("a", 20), letters("b", 10)), ("12", "34", "56789abc")])]
        for (maximum, turns) in [(154, 2), (153, 1)] as [(Int, Int64)] {
            let table = try pack(
                rows, ["template": "gemma", "length": "tokens", "maximumTokens": .integer(maximum)])
            #expect(table.turns.values == [turns] && table.truncated.values == [false])
            // The empty line between turns is not counted.
            let template = try PromptEncoder(.gemma, ByteTokenizer.tokenizer(special: Self.special))
                .templateCount
            #expect(table.tokens?.count(ofRow: 0) == template + (turns == 2 ? 156 : 54))
        }
    }

    @Test func tokenExactOverflowsKeepTheirHeadings() throws {
        let rows = [row([(letters("p", 90), letters("a", 10), letters("b", 200))])]
        let table = try pack(rows, ["template": "gemma", "length": "tokens", "maximumTokens": 100])
        // P = 20, R = 40: A lends 30, B gets 70, the prompt 20.
        let (p, a, b) = (letters("p", 20), letters("a", 10), letters("b", 70))
        #expect(table.text[0] == "#Prompt\n\(p)\n\n#Response\n##Model A\n\(a)\n\n##Model B\n\(b)")
        #expect(table.prompt.strings(ofRow: 0) == [letters("p", 20)])
        #expect(table.responseA.strings(ofRow: 0) == [letters("a", 10)])
        #expect(table.responseB.strings(ofRow: 0) == [letters("b", 70)])
    }

    @Test func aCustomTemplate() throws {
        let own: Value = [
            "begin": "<bos>", "before": ["<start_of_turn>judge\n"], "after": ["\nWho?", " "],
            "labels": ["1", "2", "0"], "end": "<eos>", "specialTokens": ["<start_of_turn>"],
        ]
        let table = try pack([row([("p", "a", "b")])], ["ownTemplate": own])
        let tokenizer = try ByteTokenizer.tokenizer(special: Self.special)
        let text = tokenizer.decode(table.tokens?.ids(ofRow: 0) ?? [], skipsSpecialTokens: false)
        #expect(
            text
                == "<bos><start_of_turn>judge\n#Prompt\np\n\n#Response\n##Model A\na\n\n##Model B\nb\nWho? ")
        #expect(
            table.answers?.ids(ofRow: 0) == [49, 50, 48, try #require(tokenizer.id(of: "<eos>"))])
    }

    @Test func countedTokensAreNotEstimated() throws {
        #expect(throws: StageFailure.self) {
            try pack([row([("p", "a", "b")])], ["length": "tokens", "unitsPerToken": 2])
        }
    }

    @Test func byModelIsTokenizedToo() throws {
        let table = try pack(
            [row([("p", "a", "b")])], ["packing": "byModel", "template": "gemma", "maximumTokens": 16])
        #expect(table.text[0] == String("Prompt: p\nResponse: b".suffix(16)))
    }

    @Test(
        arguments: [
            (["template": "gemma"], "pack: template: a template requires the input 'tokenizer'"),
            (["length": "tokens"], "pack: length: this requires the input 'tokenizer'"),
            (
                ["template": "gemma", "ownTemplate": [:]],
                "pack: ownTemplate: set either this or 'template', not both"
            ),
        ] as [([String: Value], String)])
    func contradictionsAreErrors(_ parameters: [String: Value], _ message: String) throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let table = try trial.table("rows.parquet", [row([("p", "a", "b")])])
            do {
                try trial.run(Pack.self, ["rows": [table]], parameters)
                Issue.record("no error")
            } catch let failure as StageFailure {
                #expect(failure.message.hasPrefix(message))
            }
        }
    }
}
