import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

import Texts

@testable import Comparisons
@testable import Predictions
@testable import RowStages

struct AugmentTests {
    private func rows(_ count: Int) -> [Comparison] {
        (0..<count).map { index in
            Comparison(
                id: "r\(index)", source: "made", modelA: "left", modelB: index % 4 == 0 ? nil : "right",
                prompt: ["question \(index)", nil], responseA: ["yes \(index)", nil], responseB: ["", "no"],
                label: [.a, .b, .tie, nil][index % 4], language: "en", group: "g\(index % 3)")
        }
    }

    private func augmented(
        _ rows: [Comparison], _ parameters: [String: Value], tokenizer: FilePath? = nil
    ) throws -> (rows: [Comparison], metrics: [String: Double]) {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            var inputs = ["rows": [try trial.table("rows", rows)]]
            if let tokenizer { inputs["tokenizer"] = [tokenizer] }
            let outputs = try trial.run(Augment.self, inputs, parameters, threads: 2)
            return (try comparisons(outputs["rows"]), trial.metrics)
        }
    }

    @Test func copiesExchangeResponsesModelsAndLabels() throws {
        let made = rows(8)
        let found = try augmented(made, [:]).rows
        #expect(Array(found.prefix(8)) == made)
        for (row, copy) in zip(made, found.suffix(8)) {
            #expect(copy.id == row.id + "~swapped")
            #expect(copy.responseA == row.responseB && copy.responseB == row.responseA)
            #expect(copy.modelA == row.modelB && copy.modelB == row.modelA)
            #expect(copy.label == row.label?.swapped)
            #expect(copy.prompt == row.prompt && copy.source == row.source)
            #expect(copy.language == row.language && copy.group == row.group)
        }
    }

    @Test func idsAreUniqueAndLeadBackToTheOriginal() throws {
        let found = try augmented(rows(50), ["count": 20]).rows
        #expect(Set(found.map(\.id)).count == 70)
        let originals = Set(rows(50).map(\.id))
        #expect(found.allSatisfy { originals.contains(SwappedCopy.original(of: $0.id)) })
        #expect(SwappedCopy.original(of: "~swapped") == "~swapped")
    }

    @Test func aSampleIsDrawnWithoutReplacementByItsSeed() throws {
        let made = rows(200)
        func drawn(_ seed: Int) throws -> [String] {
            try augmented(made, ["count": 60, "seed": .integer(seed)]).rows.dropFirst(200).map(\.id)
        }
        let first = try drawn(1)
        #expect(first.count == 60 && Set(first).count == 60)
        let (again, other) = (try drawn(1), try drawn(2))
        #expect(again == first)
        #expect(other != first)
        #expect(try augmented(made, ["share": 0.3]).rows.count == 260)
        let more = try augmented(made, ["count": 1_000])
        #expect(more.rows.count == 400 && more.metrics["copies"] == 200)
    }

    @Test func besidePutsBothOrientationsTogether() throws {
        let found = try augmented(rows(30), ["count": 10, "order": "beside"]).rows
        #expect(found.count == 40)
        for (index, row) in found.enumerated() where SwappedCopy.isCopy(row.id) {
            #expect(found[index - 1].id == SwappedCopy.original(of: row.id))
        }
        let twin = try augmented(rows(30), ["keepOriginals": false]).rows
        #expect(twin.count == 30 && twin.allSatisfy { SwappedCopy.isCopy($0.id) })
    }

    @Test(
        arguments: [
            (ComparisonLabel.a, 5, 11, true), (.a, 5, 10, false), (.a, 30, 5, false), (.b, 11, 5, true),
            (.b, 10, 5, false), (.b, 5, 30, false), (.tie, 16, 5, true), (.tie, 5, 16, true),
            (.tie, 15, 5, false), (.tie, 0, 0, false), (.a, 0, 1, true),
        ] as [(ComparisonLabel, Int, Int, Bool)])
    func labelsAgainstLengthAreFlagged(_ label: ComparisonLabel, _ a: Int, _ b: Int, _ isAgainst: Bool) {
        let rule = LengthRule(loserRatio: 2, tieRatio: 3)
        #expect(rule.isAgainstLength(label, a: a, b: b) == isAgainst)
        #expect(rule.isAgainstLength(label.swapped, a: b, b: a) == isAgainst)
        #expect(!rule.isAgainstLength(nil, a: a, b: b))
    }

    @Test func lengthFilteredVariantsCopyOnlyTheseOrTheOthers() throws {
        func row(_ id: String, _ a: String, _ b: String, _ label: ComparisonLabel) -> Comparison {
            Comparison(
                id: id, source: "made", prompt: ["p", "q"], responseA: [a, nil], responseB: [nil, b],
                label: label)
        }
        let made = [
            row("short-wins", "a b", "a b c d e", .a), row("long-wins", "a b", "a b c d e", .b),
            row("even", "a b", "a b c", .a), row("wide-tie", "a", "a b c d", .tie),
            row("tie", "a", "a b c", .tie),
        ]
        let only = try augmented(made, ["againstLength": "only", "keepOriginals": false])
        #expect(only.rows.map(\.id) == ["short-wins~swapped", "wide-tie~swapped"])
        #expect(only.metrics["againstLength"] == 2)
        let rest = try augmented(made, ["againstLength": "exclude", "keepOriginals": false]).rows
        #expect(rest.map(\.id) == ["long-wins~swapped", "even~swapped", "tie~swapped"])
        let characters = try augmented(
            made,
            ["againstLength": "only", "keepOriginals": false, "lengthUnit": "characters", "tieRatio": 7])
        #expect(characters.rows.map(\.id) == ["short-wins~swapped"])
        #expect(throws: StageFailure.self) { try augmented(made, ["lengthUnit": "tokens"]) }
    }

    @Test func tokensAreCountedByATokenizer() throws {
        let fixtures = FilePath(#filePath).parent.parent.parent.appending("TokenizersTests/Fixtures")
        // Ten spaced letters are more tokens than one common word of more characters.
        let row = Comparison(
            id: "1", source: "made", prompt: ["p"], responseA: ["the"], responseB: ["q x z j k v w"],
            label: .a)
        let found = try augmented(
            [row], ["againstLength": "only", "lengthUnit": "tokens", "keepOriginals": false],
            tokenizer: fixtures.appending("byte-level.json"))
        #expect(found.rows.count == 1)
    }

    @Test func copiesOfCopiesAndRepeatedIdsAreRefused() throws {
        let found = try augmented(rows(2), [:]).rows
        #expect(throws: StageFailure.self) { try augmented(found, [:]) }
        #expect(throws: StageFailure.self) { try augmented(rows(1) + rows(1), [:]) }
    }

    @Test func splitKeepsACopyWithItsOriginal() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let made = rows(40).map { row in
                var row = row
                row.group = nil
                return row
            }
            let both = try trial.run(Augment.self, ["rows": [trial.table("rows", made)]])
            let rows = try #require(both["rows"])
            let outputs = try trial.run(Split.self, ["rows": [rows]], ["folds": 4])
            let folds = try FoldTable(#require(outputs["folds"]))
            for row in made {
                #expect(
                    folds.folds[row.id] != nil
                        && folds.folds[row.id] == folds.folds[SwappedCopy.id(of: row.id)])
            }
        }
    }
}
