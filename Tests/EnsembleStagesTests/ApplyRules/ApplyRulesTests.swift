import Files
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import EnsembleStages
@testable import Predictions

struct ApplyRulesTests {
    private static let model = Probabilities(a: 0.5, b: 0.3, tie: 0.2)

    /// Applies rules to one row with these answers.
    private func apply(
        _ a: [String?], _ b: [String?], _ parameters: [String: Value] = [:]
    ) throws -> Probabilities {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let prompts = a.indices.map { "p\($0)" }
            let rows = try trial.table(
                "rows.parquet",
                [
                    Comparison(
                        id: "x", source: "test", prompt: prompts, responseA: a, responseB: b, label: .tie)
                ])
            let path = folder.appending("p.parquet")
            try PredictionTable(ids: ["x"], probabilities: [Self.model]).write(to: path)
            let outputs = try trial.run(
                ApplyRules.self, ["predictions": [path], "rows": [rows]], parameters)
            return try PredictionTable(#require(outputs["predictions"])).probabilities[0]
        }
    }

    private func near(_ found: Probabilities, _ a: Double, _ b: Double, _ tie: Double) -> Bool {
        abs(found.a - a) < 1e-12 && abs(found.b - b) < 1e-12 && abs(found.tie - tie) < 1e-12
    }

    @Test func theFourthPlacesNumbers() throws {
        #expect(near(try apply([nil], ["b"]), 0.04, 0.88, 0.08))
        #expect(near(try apply(["a"], [""]), 0.88, 0.04, 0.08))
        #expect(near(try apply(["same", "s"], ["same", "s"]), 0.06, 0.06, 0.88))
        #expect(near(try apply([nil], [nil]), 0.06, 0.06, 0.88))
        #expect(near(try apply([nil], [" \n"]), 0.06, 0.06, 0.88))
    }

    @Test(arguments: ["\u{A0}", "\u{3000}\u{2003}\n", "\u{2028}\u{85}", "\u{1}\u{7F}\t"])
    func whiteSpaceOfAnyScriptIsEmpty(_ text: String) throws {
        #expect(near(try apply([text], ["b"]), 0.04, 0.88, 0.08))
        #expect(near(try apply(["b", "b"], [nil, text]), 0.88, 0.04, 0.08))
        #expect(try apply([text + "é"], ["b"]) == Self.model)
        #expect(try apply([text + "."], ["b"]) == Self.model)
    }

    @Test func otherRowsStayAsTheyAre() throws {
        #expect(try apply(["a"], ["b"]) == Self.model)
        // One turn says something.
        #expect(try apply([nil, "a"], ["b", "b"]) == Self.model)
        #expect(try apply(["same", "s"], ["same", "t"]) == Self.model)
    }

    @Test func rulesCanBeChangedMixedAndTurnedOff() throws {
        let list: Value = [.number(0.2), .number(0.5), .number(0.3)]
        #expect(near(try apply(["a"], [nil], ["empty": list]), 0.5, 0.2, 0.3))
        #expect(try apply(["s"], ["s"], ["identical": .null]) == Self.model)
        #expect(near(try apply([nil], [nil], ["bothEmpty": list]), 0.2, 0.5, 0.3))
        #expect(near(try apply(["s"], ["s"], ["weight": .number(0.5)]), 0.28, 0.18, 0.54))
        #expect(throws: (any Error).self) { try apply(["s"], ["s"], ["identical": [.number(0.5)]]) }
    }
}
