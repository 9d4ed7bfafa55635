import Files
import StageSchemas
import StageTestSupport
import TestSupport
import Testing
import Texts

@testable import Comparisons
@testable import EnsembleStages
@testable import FoldModelStages
@testable import Predictions
@testable import RowStages

struct HoldOutTests {
    @Test func onlyTheRowsHeldOutArePredicted() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let rows = (0..<60).map { number in
                Comparison(
                    id: "\(number)", source: "s", prompt: ["question \(number)"],
                    responseA: [number % 2 == 0 ? "good answer" : "bad"],
                    responseB: [number % 2 == 0 ? "bad" : "good answer"], label: number % 2 == 0 ? .a : .b)
            }
            let table = try trial.table("rows.parquet", rows)
            let folds = try #require(
                trial.run(Split.self, ["rows": [table]], ["method": "holdOut", "validation": 0.25])["folds"])
            let packed = try #require(trial.run(Pack.self, ["rows": [table]])["packed"])
            let model = try #require(
                trial.run(
                    TrainLinear.self, ["rows": [packed], "folds": [folds]], ["fold": 0, "bits": 12])["model"])
            let output = try #require(
                trial.run(Predict.self, ["rows": [packed], "folds": [folds], "model": [model]])["predictions"]
            )
            let predictions = try PredictionTable(output)
            let held = try FoldTable(folds).folds.filter { $0.value == 0 }.map(\.key)
            #expect(Set(predictions.ids) == Set(held) && (13...17).contains(held.count))
            let scored = try trial.run(
                Evaluate.self, ["rows": [packed], "folds": [folds], "predictions": [output]])
            #expect(scored["metrics"] != nil && (trial.metrics["accuracy"] ?? 0) == 1)
            // There is nothing else to fit to, so that nothing is claimed to be honest.
            let inputs = ["predictions": [output], "rows": [packed], "folds": [folds]]
            try trial.run(Blend.self, inputs, ["optimize": true])
            try trial.run(Calibrate.self, inputs)
            #expect(trial.metrics["temperature"] != nil && trial.metrics["nestedLogLoss"] == nil)
        }
    }
}
