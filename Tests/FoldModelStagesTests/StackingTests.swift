import Files
import StageSchemas
import StageTestSupport
import TestSupport
import Testing
import Texts

@testable import EnsembleStages
@testable import FoldModelStages
@testable import Predictions
@testable import Randomness

/// Models that learn from other models' predictions.
struct StackingTests {
    @Test func shuffledLabelsAreNoBetterThanThePrior() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 700, folds: 3, shuffled: true)
            let below = try boosted.predict(boosted.linear())
            let stacked = try boosted.predict(
                boosted.trees(["characterTerms": 50], stacked: [below]), stacked: [below])
            for predictions in [below, stacked] {
                let losses = try boosted.losses(predictions)
                #expect(losses.model > losses.prior - 0.01)
            }
        }
    }

    /// What the test above would see if there were a leak: predictions by models that have seen the rows, called out-of-fold.
    @Test func aLeakWouldBeSeen() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 400, shuffled: true)
            let outputs = try boosted.trial.run(
                TrainLinear.self, ["rows": [boosted.packed]],
                ["bits": 12, "termPenalty": .number(0.01), "iterations": 60])
            let seen = try boosted.trial.run(
                Predict.self, ["rows": [boosted.packed], "model": [#require(outputs["model"])]])
            let honest = try PredictionTable(#require(seen["predictions"]))
            #expect(honest.folds.allSatisfy { $0 == nil })
            // As they are, they are refused.
            #expect(throws: (any Error).self) {
                try boosted.trees(stacked: [#require(seen["predictions"])])
            }
            let folds = try FoldTable(boosted.folds)
            let path = folder.appending("leak.parquet")
            try PredictionTable(
                ids: honest.ids, probabilities: honest.probabilities,
                folds: honest.ids.map { folds.folds[$0] }
            ).write(to: path)
            let leaking = try boosted.predict(boosted.trees(stacked: [path]), stacked: [path])
            let losses = try boosted.losses(leaking)
            #expect(losses.model < losses.prior - 0.1)
        }
    }

    @Test func aStackNeedsItsMembersInPrediction() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 200)
            let below = try boosted.predict(boosted.linear())
            let models = try boosted.trees(["rounds": 5], stacked: [below])
            #expect(throws: (any Error).self) { try boosted.predict(models) }
            #expect(throws: (any Error).self) { try boosted.predict(models, stacked: [below, below]) }
            // Antisymmetric members make an antisymmetric stack.
            let normal = try PredictionTable(boosted.predict(models, stacked: [below]))
            let swapped = try PredictionTable(
                boosted.predict(models, orientation: "swapped", stacked: [below]))
            #expect(normal.probabilities == swapped.probabilities)
        }
    }

    @Test func aBlendOfNoiseIsEstimatedHonestly() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 200, folds: 4)
            let ids = try PredictionTable(boosted.predict(boosted.linear(["iterations": 1]))).ids
            var random = SeededGenerator(seed: 5)
            // Twelve members that know nothing.
            let members = try (0..<12).map { number in
                let rows = ids.map { _ in
                    Probabilities(
                        a: random.uniform() + 0.05, b: random.uniform() + 0.05, tie: random.uniform() + 0.05
                    ).normalized
                }
                let path = folder.appending("noise-\(number).parquet")
                try PredictionTable(ids: ids, probabilities: rows).write(to: path)
                return path
            }
            try boosted.trial.run(
                Blend.self,
                ["predictions": members, "rows": [boosted.packed], "folds": [boosted.folds]],
                ["optimize": true])
            let fitted = try #require(boosted.trial.metrics["logLoss"])
            let nested = try #require(boosted.trial.metrics["nestedLogLoss"])
            // The weights follow the noise of the labels that they are fitted to; the nested estimate does not.
            #expect(nested > fitted + 0.002)
        }
    }
}
