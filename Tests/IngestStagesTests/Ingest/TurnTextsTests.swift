import Columns
import StageSchemas
import Testing

@testable import Comparisons
@testable import IngestStages

/// Prompts and answers as lists of JSON or of Python, or as plain texts; winners under every known name.
struct TurnTextsTests {
    private func quoted(_ text: String) -> String {
        "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    private func csv(_ header: String, _ rows: [[String]]) -> String {
        header + "\n" + rows.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
    }

    private static let rows = [
        ["a", "What is 2+2?", "4", "Four.", "model_a"], ["b", "[\"a list\"]", "x", "y", "model_b"],
        ["c", "数学", "", "z", "tie"],
    ]

    /// WSDM Cup, the competition's successor.
    @Test func plainTextsAreOneTurnInEveryFormat() throws {
        let header = "id,prompt,response_a,response_b,winner"
        let text = try SourceTrial(csv(header, Self.rows))
        #expect(text.rows.map(\.prompt) == [["What is 2+2?"], ["[\"a list\"]"], ["数学"]])
        #expect(text.rows.map(\.responseA) == [["4"], ["x"], [""]])
        #expect(text.rows.map(\.label) == [.a, .b, .tie])
        #expect(text.metrics["rule.plainTexts"] == 3)
        let names = header.split(separator: ",").map(String.init)
        let table = try Table(
            names.enumerated().map { index, name in
                (name, .string(StringColumn(Self.rows.map { $0[index] })))
            })
        #expect(try SourceTrial(table).rows == text.rows)
        let json = Self.rows.map { row in
            "{" + zip(names, row).map { "\"\($0)\":\(Value.string($1).json)" }.joined(separator: ",") + "}\n"
        }
        #expect(try SourceTrial(json.joined()).rows.map(\.prompt) == text.rows.map(\.prompt))
        #expect(try SourceTrial(json.joined()).rows.map(\.label) == [.a, .b, .tie])
    }

    @Test func aPlainCellAmongListsIsRejected() throws {
        let lists = (1...9).map { ["\($0)", "[\"p\"]", "[\"x\"]", "[\"y\"]"] }
        let found = try SourceTrial(
            csv("id,prompt,response_a,response_b", lists + [["10", "plain", "[\"x\"]", "[\"y\"]"]]))
        #expect(found.rows.count == 9 && found.rejects == ["10 malformed-cell"])
        #expect(found.details[0][0] == "prompt" && found.details[0][2] == "plain")
        // Broken lists are not plain texts, however many there are.
        let broken = try SourceTrial(
            csv("id,prompt,response_a,response_b", [["1", "[\"p\"", "[\"x\"", "[\"y\""]]))
        #expect(broken.rejects == ["1 malformed-cell"])
    }

    @Test func listsOfPythonAreReadAndThoseOfNumpyRefused() throws {
        let header = "id,prompt,response_a,response_b"
        let found = try SourceTrial(
            csv(
                header,
                [
                    ["1", #"['it', "it's", None]"#, #"['a\n', 'b', 'c']"#, #"["x", "y", "z"]"#],
                    ["2", "['a' 'b']", "['c' 'd']", "['e' 'f']"],
                    ["3", "['a', 1]", "['c', 'd']", "['e', 'f']"],
                ]))
        #expect(found.rows.map(\.prompt) == [["it", "it's", nil]])
        #expect(found.rows.map(\.responseA) == [["a\n", "b", "c"]])
        #expect(found.metrics["rule.pythonLists"] == 1)
        #expect(found.rejects == ["2 malformed-cell", "3 malformed-cell"])
        #expect(found.details[0][1]?.contains("without a comma, as numpy prints lists") == true)
        #expect(found.details[1][1]?.contains("element 2 should be a text or None") == true)
    }

    @Test func jsonTakesListsAsTextAsTablesDo() throws {
        let text = #"{"id":1,"prompt":"[\"p\",null]","response_a":"[\"x\",\"u\"]","response_b":["y","v"]}"#
        let found = try SourceTrial(text + "\n")
        #expect(found.rows.map(\.prompt) == [["p", nil]] && found.rows.map(\.responseA) == [["x", "u"]])
    }

    @Test(arguments: ["winner", "label"])
    func aWordIsTheLabelUnderBothNames(_ name: String) throws {
        let lists = [
            ["1", "[\"p\"]", "[\"x\"]", "[\"y\"]", "model_b"], ["2", "[\"p\"]", "[\"x\"]", "[\"y\"]", ""],
        ]
        let text = csv("id,prompt,response_a,response_b,\(name)", lists)
        let found = try SourceTrial(text)
        #expect(found.rows.map(\.label) == [.b] && found.rejects == ["2 no-winner"])
        #expect(try SourceTrial(text, "auto", ["labels": "optional"]).rows.map(\.label) == [.b, nil])
        #expect(try SourceTrial(text, "auto", ["labels": "required"]).rejects == ["2 no-winner"])
    }

    @Test func columnsThatDisagreeRejectTheRow() throws {
        let header = "id,prompt,response_a,response_b,winner,label,winner_model_a,winner_model_b,winner_tie"
        let found = try SourceTrial(
            csv(
                header,
                [
                    ["1", "[\"p\"]", "[\"x\"]", "[\"y\"]", "model_a", "a", "1", "0", "0"],
                    ["2", "[\"p\"]", "[\"x\"]", "[\"y\"]", "", "", "0", "1", "0"],
                    ["3", "[\"p\"]", "[\"x\"]", "[\"y\"]", "model_a", "b", "1", "0", "0"],
                    ["4", "[\"p\"]", "[\"x\"]", "[\"y\"]", "", "", "0", "0", "0"],
                ]))
        #expect(found.rows.map(\.label) == [.a, .b])
        #expect(found.rejects == ["3 several-winners", "4 no-winner"])
    }

    @Test func labelsThatAreAllEmptyAreAnErrorUnlessOptional() throws {
        let text = (1...3).map {
            "{\"id\":\($0),\"prompt\":[\"p\"],\"response_a\":[\"x\"],\"response_b\":[\"y\"],\"winner\":null}\n"
        }.joined()
        #expect(throws: (any Error).self) { try SourceTrial(text) }
        #expect(try SourceTrial(text, "auto", ["labels": "optional"]).rows.map(\.label) == [nil, nil, nil])
    }

    @Test func notANumberIsNullInTables() throws {
        let lists = Column.list(ListColumn(strings: [["p"], ["q"]]))
        let table = try Table([
            ("id", .floating(FloatingColumn([1, .nan]))), ("prompt", lists), ("response_a", lists),
            ("response_b", lists), ("model_a", .floating(FloatingColumn([.nan, .nan]))),
            ("winner_model_a", .floating(FloatingColumn([1, 0]))),
            ("winner_model_b", .floating(FloatingColumn([.nan, 1]))),
            ("winner_tie", .floating(FloatingColumn([.nan, .nan]))),
        ])
        let found = try SourceTrial(table)
        #expect(found.rows.map(\.id) == ["1"] && found.rows[0].modelA == nil && found.rows[0].label == .a)
        #expect(found.rejects == ["2 missing-id"])
    }

    @Test(arguments: ["NaN", "\"NaN\"", "\"nan\""])
    func notANumberIsNotAnIDInRecords(id: String) throws {
        let text = ["1", id, "2"].map {
            "{\"id\":\($0),\"prompt\":[\"p\"],\"response_a\":[\"x\"],\"response_b\":[\"y\"],\"winner\":\"model_a\"}\n"
        }.joined()
        let found = try SourceTrial(text)
        #expect(found.rows.map(\.id) == ["1", "2"] && found.rejects == ["2 missing-id"])
    }

    /// The arena's release of 140,000 rows: contents in parts, `both_bad`, sessions.
    @Test func laterLayoutsOfTheArenaAreRead() throws {
        func message(_ role: String, _ parts: String) -> String {
            "{\"role\":\(role),\"content\":[\(parts)],\"num_tokens\":3}"
        }
        func part(_ text: String) -> String {
            "{\"type\":\"text\",\"text\":\(Value.string(text).json),\"image\":null,\"mimeType\":null}"
        }
        func line(_ id: Int, _ winner: String, _ a: String, _ b: String) -> String {
            "{\"id\":\"\(id)\",\"model_a\":\"m\",\"model_b\":\"n\",\"winner\":\"\(winner)\","
                + "\"evaluation_session_id\":\"s1\",\"evaluation_order\":1,\"conversation_a\":[\(a)],"
                + "\"conversation_b\":[\(b)],\"full_conversation\":[],\"language\":\"en\",\"timestamp\":\"2025\"}\n"
        }
        let prompt = message("\"user\"", part("p"))
        let answer = message("\"assistant\"", part("x") + "," + part("y"))
        let image = message("\"user\"", part("p") + ",{\"type\":\"image\",\"text\":null,\"image\":\"i.png\"}")
        let found = try SourceTrial(
            line(1, "both_bad", prompt + "," + answer, prompt + "," + answer)
                + line(2, "model_a", image + "," + answer, image + "," + answer)
                + line(3, "model_a", prompt + "," + message("null", part("x")), prompt + "," + answer))
        #expect(
            found.rows == [
                Comparison(
                    id: "1", source: "arena", modelA: "m", modelB: "n", prompt: ["p"], responseA: ["x\ny"],
                    responseB: ["x\ny"], label: .tie, language: "en", group: "s1")
            ])
        #expect(found.metrics["rule.partsJoined"] == 1 && found.metrics["rule.bothBad"] == 1)
        // A role that is null is not guessed by its place.
        #expect(found.rejects == ["2 malformed-cell", "3 roles"])
        #expect(found.details[0][1]?.contains("only text is read") == true)
    }
}
