import Columns
import Files
import StageSchemas
import StageTestSupport
import TestSupport
import Testing
import Texts

@testable import EnsembleStages
@testable import FoldModelStages
@testable import Predictions

/// `train-gradient-boosting`: that it learns, treats A and B alike, and depends on nothing that it should not.
struct GradientBoostingStageTests {
    @Test func beatsThePriorAndSwappingIsExact() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 700)
            let models = try boosted.trees()
            let normal = try boosted.predict(models)
            let losses = try boosted.losses(normal)
            #expect(losses.model < losses.prior - 0.03)
            let swapped = try boosted.predict(models, orientation: "swapped")
            let table = try PredictionTable(normal)
            // Antisymmetric by construction: to the last bit, in both ways to exchange A and B.
            #expect(try PredictionTable(swapped).probabilities == table.probabilities)
            let exchanged = try boosted.predict(models, rows: boosted.exchanged())
            #expect(try PredictionTable(exchanged).probabilities == table.probabilities.map(\.swapped))
            // Every row's prediction says which fold was held out.
            let folds = try FoldTable(boosted.folds)
            #expect(zip(table.ids, table.folds).allSatisfy { folds.folds[$0] == $1 })
        }
    }

    @Test func runsOfCharactersKeepTheSymmetry() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 300)
            let models = try boosted.trees(["characterTerms": 60, "rounds": 20])
            let table = try PredictionTable(boosted.predict(models))
            let exchanged = try boosted.predict(models, rows: boosted.exchanged())
            #expect(try PredictionTable(exchanged).probabilities == table.probabilities.map(\.swapped))
        }
    }

    @Test func afterTestTimeAugmentationEveryModelIsSymmetric() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 300)
            let models = try boosted.trees(["symmetric": false])
            func mean(_ rows: FilePath?) throws -> PredictionTable {
                let both = try ["normal", "swapped"].map {
                    try boosted.predict(models, orientation: .string($0), rows: rows)
                }
                let outputs = try boosted.trial.run(TTA.self, ["predictions": both])
                return try PredictionTable(#require(outputs["predictions"]))
            }
            let exchanged = try boosted.exchanged()
            let plain = try mean(nil)
            #expect(try mean(exchanged).probabilities == plain.probabilities.map(\.swapped))
            // Without it, this kind of model is not.
            let one = try PredictionTable(boosted.predict(models))
            let other = try PredictionTable(boosted.predict(models, rows: exchanged))
            #expect(one.probabilities != other.probabilities.map(\.swapped))
            #expect(plain.folds == one.folds)
        }
    }

    @Test func threadsDoNotChangeABit() throws {
        let bytes = try [1, 3].map { threads in
            try withTemporaryFolder { folder in
                let boosted = try BoostedTrial(folder, rows: 250)
                let models = try boosted.trees(["characterTerms": 30, "rounds": 15], threads: threads)
                return try models.map { try FileContents.read($0, limit: 1 << 30) }
            }
        }
        #expect(bytes[0] == bytes[1])
    }

    @Test func earlyStoppingGroupsAreWholeAndOfTheRequestedSize() {
        let groups = (0..<4000).map { "group \($0 / 4)" }
        let watched = EarlyStoppingRows.positions(groups, share: 0.1, seed: 1)
        #expect((300...500).contains(watched.count))
        let inside = Set(watched.map { groups[$0] })
        #expect(groups.indices.filter { inside.contains(groups[$0]) } == watched)
        #expect(EarlyStoppingRows.positions(groups, share: 0.1, seed: 2) != watched)
    }

    @Test(arguments: ["training-part", "held-out", "none"])
    func everyWayToStopKeepsAtMostTheRoundsAskedFor(way: String) throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 200)
            _ = try boosted.trees(
                ["earlyStopping": .string(way), "rounds": 30, "learningRate": 1, "refit": false])
            let rounds = try #require(boosted.trial.metrics["rounds"])
            // At this rate trees soon do harm to rows that they have not seen.
            if way == "none" { #expect(rounds == 30) } else { #expect(rounds < 30) }
        }
    }

    @Test func importancesAreATableAndAPicture() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 300)
            let outputs = try boosted.trial.run(
                TrainGradientBoosting.self, ["rows": [boosted.packed]],
                ["rounds": 10, "earlyStopping": "none"])
            let table = try Table.read(#require(outputs["importances"]))
            let shares = try table.floats("share").values
            #expect(shares == shares.sorted(by: >))
            #expect(abs(shares.reduce(0, +) - 1) < 1e-6)
            let picture = try FileContents.readText(#require(outputs["picture"]))
            let first = try #require(table.strings("feature")[0])
            #expect(picture.hasPrefix("<svg") && picture.contains(first))
            let names = try table.strings("feature")
            #expect((0..<table.rowCount).allSatisfy { names[$0]?.contains("source") == false })
        }
    }

    @Test func aDamagedModelIsAnError() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 150)
            let models = try boosted.trees(["rounds": 5])
            let bytes = try FileContents.read(models[0], limit: 1 << 30)
            for position in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
                var damaged = bytes
                damaged[position] ^= 0x55
                let path = try boosted.trial.file("damaged", damaged)
                // Refused, or the damage was where it does not matter; never a crash.
                _ = try? FoldModel(path, threads: 1)
            }
            var cut = bytes
            cut[bytes.count - 1] ^= 1
            let path = try boosted.trial.file("cut", cut)
            #expect(throws: (any Error).self) { try FoldModel(path, threads: 1) }
        }
    }
}
