import Files
import Foundation
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import EnsembleStages
@testable import Predictions

struct PseudoLabelTests {
    /// Rows r0 … and two models' predictions of them, the second's with A's and B's changed where it says so.
    private struct Setting {
        let trial: StageTrial
        let rows: FilePath
        let predictions: [FilePath]

        init(_ folder: FilePath) throws {
            trial = StageTrial(folder)
            let means: [(a: Double, b: Double, label: ComparisonLabel?, disagree: Bool)] = [
                (0.9, 0.05, .a, false), (0.7, 0.2, .b, false), (0.45, 0.4, nil, true), (0.1, 0.8, nil, false),
                (0.2, 0.2, nil, false), (0.62, 0.2, nil, false), (0.5, 0.3, .a, false),
            ]
            rows = try trial.table(
                "rows.parquet",
                means.enumerated().map { index, row in
                    Comparison(
                        id: "r\(index)", source: "test", prompt: ["p\(index)"], responseA: ["a"],
                        responseB: ["b"], label: row.label)
                })
            predictions = try (0..<2).map { model in
                let path = folder.appending("p\(model).parquet")
                try PredictionTable(
                    ids: means.indices.map { "r\($0)" },
                    probabilities: means.map { row in
                        // The means stay the same; the models differ from them by that much.
                        let shift = row.disagree ? 0.1 : 0.02
                        let sign = model == 0 ? 1.0 : -1.0
                        return Probabilities(
                            a: row.a + sign * shift, b: row.b - sign * shift, tie: 1 - row.a - row.b)
                    }
                ).write(to: path)
                return path
            }
        }

        func label(
            _ parameters: [String: Value]
        ) throws -> (rows: [Comparison], targets: PredictionTable) {
            let outputs = try trial.run(
                PseudoLabel.self, ["rows": [rows], "predictions": predictions], parameters)
            return (try comparisons(outputs["rows"]), try PredictionTable(#require(outputs["targets"])))
        }
    }

    @Test func softTargetsAreTheMeanAndLeaveNoLabel() throws {
        try withTemporaryFolder { folder in
            let (rows, targets) = try Setting(folder).label([:])
            #expect(rows.map(\.id) == (0..<7).map { "r\($0)" })
            #expect(rows.allSatisfy { $0.label == nil })
            #expect(targets.ids == rows.map(\.id))
            #expect(abs(targets.probabilities[2].a - 0.45) < 1e-12)
            #expect(abs(targets.probabilities[2].tie - 0.15) < 1e-12)
        }
    }

    @Test func hardLabelsAreTheMostLikelyOutcome() throws {
        try withTemporaryFolder { folder in
            let (rows, targets) = try Setting(folder).label(["labels": "hard"])
            #expect(rows.map(\.label) == [.a, .a, .a, .b, .tie, .a, .a])
            #expect(targets.probabilities[4] == Probabilities(a: 0, b: 0, tie: 1))
        }
    }

    @Test(
        arguments: [
            (["minimumProbability": .number(0.6)], [0, 1, 3, 4, 5]),
            (["minimumAgreement": 1], [0, 1, 3, 4, 5, 6]),
            (["agreeWithLabel": "agree"], [0, 2, 3, 4, 5, 6]),
            (["agreeWithLabel": "disagree"], [1, 2, 3, 4, 5]),
            (["agreeWithLabel": "agree", "minimumProbability": .number(0.6)], [0, 3, 4, 5]),
        ] as [([String: Value], [Int])])
    func filtersKeepWhatTheySay(_ parameters: [String: Value], _ kept: [Int]) throws {
        try withTemporaryFolder { folder in
            let setting = try Setting(folder)
            #expect(try setting.label(parameters).rows.map(\.id) == kept.map { "r\($0)" })
            #expect(setting.trial.metrics["rows"] == Double(kept.count))
        }
    }

    @Test func balancingLeavesEquallyManyOfEachOutcome() throws {
        try withTemporaryFolder { folder in
            let setting = try Setting(folder)
            let (rows, _) = try setting.label(["labels": "hard", "balance": true])
            #expect(ComparisonLabel.allCases.map { label in rows.count { $0.label == label } } == [1, 1, 1])
            #expect(setting.trial.metrics["dropped.balance"] == 4)
            #expect(try setting.label(["maximumRows": 3]).rows.count == 3)
            let other = try setting.label(["maximumRows": 3, "seed": 7]).rows
            #expect(try setting.label(["maximumRows": 3, "seed": 7]).rows == other)
        }
    }

    @Test func studentsLearnFromSoftTargetsAlone() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 300)
            let teacher = try boosted.predict(boosted.linear())
            let outputs = try boosted.trial.run(
                PseudoLabel.self, ["rows": [boosted.unique], "predictions": [teacher]])
            let targets = try #require(outputs["targets"])
            // Without gold labels: α = 0, so that only the teacher speaks.
            for models in [
                try boosted.linear(["goldShare": 0, "temperature": 2], targets: [targets]),
                try boosted.trees(["goldShare": 0, "temperature": 2], targets: [targets]),
            ] {
                let losses = try boosted.losses(boosted.predict(models))
                #expect(losses.model < losses.prior)
                #expect(boosted.trial.metrics["softRows"] != 0)
            }
        }
    }
}
