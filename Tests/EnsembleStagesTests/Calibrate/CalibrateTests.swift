import Files
import Foundation
import Glibc
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import EnsembleStages
@testable import Predictions
@testable import Randomness
@testable import RowStages

struct CalibrateTests {
    /// Rows whose labels are drawn from known probabilities, and predictions that are them to the power of 1/T.
    private func overconfident(
        _ trial: StageTrial, count: Int, temperature: Double
    ) throws -> (packed: FilePath, predictions: FilePath, folds: FilePath) {
        var random = SeededGenerator(seed: 3)
        var rows: [Comparison] = []
        var shown: [Probabilities] = []
        for index in 0..<count {
            let truth = Probabilities(
                scores: (a: random.normal(), b: random.normal(), tie: random.normal()))
            let draw = random.uniform()
            let label: ComparisonLabel = draw < truth.a ? .a : draw < truth.a + truth.b ? .b : .tie
            rows.append(
                Comparison(
                    id: "r\(index)", source: "test", prompt: ["p\(index)"], responseA: ["a"],
                    responseB: ["b"],
                    label: label))
            shown.append(TemperatureFit.applied(temperature, to: truth))
        }
        let table = try trial.table("rows.parquet", rows)
        let packed = try #require(try trial.run(Pack.self, ["rows": [table]])["packed"])
        let folds = try #require(try trial.run(Split.self, ["rows": [table]], ["folds": 4])["folds"])
        let predictions = trial.folder.appending("predictions.parquet")
        try PredictionTable(ids: rows.map(\.id), probabilities: shown).write(to: predictions)
        return (packed, predictions, folds)
    }

    @Test func theTemperatureAsGiven() {
        let one = Probabilities(scores: (a: 1.2, b: -0.3, tie: 0.4))
        let divided = Probabilities(scores: (a: 1.2 / 1.03, b: -0.3 / 1.03, tie: 0.4 / 1.03))
        let calibrated = TemperatureFit.applied(1.03, to: one)
        #expect(abs(calibrated.a - divided.a) < 1e-12 && abs(calibrated.tie - divided.tie) < 1e-12)
        #expect(TemperatureFit.applied(1, to: one) == one)
        #expect(TemperatureFit.applied(1.7, to: one.swapped) == TemperatureFit.applied(1.7, to: one).swapped)
        // Certainty stays what it is.
        #expect(TemperatureFit.applied(2, to: Probabilities(a: 1, b: 0, tie: 0)).a > 0.999_999)
    }

    @Test func theFitFindsWhatWasDone() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let data = try overconfident(trial, count: 3000, temperature: 0.5)
            let outputs = try trial.run(
                Calibrate.self,
                ["predictions": [data.predictions], "rows": [data.packed], "folds": [data.folds]])
            let found = try #require(trial.metrics["temperature"])
            #expect(abs(found - 2) < 0.2)
            let before = try #require(trial.metrics["logLossBefore"])
            let after = try #require(trial.metrics["logLoss"])
            let nested = try #require(trial.metrics["nestedLogLoss"])
            #expect(after < before - 0.05)
            // Fitting to all rows flatters, by a little.
            #expect(after < nested && nested < after + 0.005)
            // Given to another stage, it does the same.
            let other = try trial.run(
                Calibrate.self,
                ["predictions": [data.predictions], "calibration": [#require(outputs["calibration"])]])
            #expect(
                try FileContents.read(#require(other["predictions"]), limit: 1 << 24)
                    == FileContents.read(#require(outputs["predictions"]), limit: 1 << 24))
            #expect(throws: (any Error).self) {
                try trial.run(Calibrate.self, ["predictions": [data.predictions]])
            }
        }
    }

    @Test func theLossIsConvexInTheSharpnessSoTheFitIsTheBest() throws {
        let rows: [(probabilities: Probabilities, label: ComparisonLabel)] = [
            (Probabilities(a: 0.7, b: 0.2, tie: 0.1), .a), (Probabilities(a: 0.5, b: 0.3, tie: 0.2), .b),
            (Probabilities(a: 0.1, b: 0.6, tie: 0.3), .b),
        ]
        let best = TemperatureFit.fit(rows)
        for factor in [0.9, 0.99, 1.01, 1.1] {
            #expect(TemperatureFit.loss(best, rows) <= TemperatureFit.loss(best * factor, rows))
        }
        #expect(TemperatureFit.fit([]) == 1)
    }
}
