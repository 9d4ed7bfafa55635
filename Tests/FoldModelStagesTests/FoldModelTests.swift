import Files
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import FoldModelStages
@testable import IngestStages
@testable import LinearModels
@testable import PackedRows
@testable import Predictions
@testable import Randomness
@testable import RowStages

/// From packed rows to probabilities: training, prediction in both orientations, and their mean.
struct FoldModelTests {
    /// What one small run leaves.
    private struct Trained {
        let trial: StageTrial
        let unique: FilePath
        let packed: FilePath
        let folds: FilePath
        let models: [FilePath]

        init(
            _ folder: FilePath, rows count: Int = 1500, folds foldCount: Int = 3, threads: Int = 2,
            _ parameters: [String: Value] = [:]
        ) throws {
            trial = StageTrial(folder)
            let sample = try trial.run(
                SampleComparisons.self, [:], ["rows": .integer(count), "meanTurnWords": 40])
            let train = try #require(sample["train"])
            let ingested = try trial.run(
                Ingest.self, ["file": [train]], ["source": "train", "labels": "required"])
            let rows = try #require(ingested["rows"])
            unique = try #require(try trial.run(Deduplicate.self, ["rows": [rows]])["rows"])
            packed = try #require(
                try trial.run(Pack.self, ["rows": [unique]], ["maximumTokens": 1000])["packed"])
            folds = try #require(
                try trial.run(Split.self, ["rows": [unique]], ["folds": .integer(foldCount)])["folds"])
            var models: [FilePath] = []
            for fold in 0..<foldCount {
                let outputs = try trial.run(
                    TrainLinear.self, ["rows": [packed], "folds": [folds]],
                    ["fold": .integer(fold), "bits": 14].merging(parameters) { _, new in new },
                    threads: threads)
                models.append(try #require(outputs["model"]))
            }
            self.models = models
        }

        func predictions(
            _ orientation: Value, of rows: FilePath? = nil, models chosen: [FilePath]? = nil
        ) throws -> PredictionTable {
            let outputs = try trial.run(
                Predict.self, ["rows": [rows ?? packed], "folds": [folds], "model": chosen ?? models],
                ["orientation": orientation])
            return try PredictionTable(#require(outputs["predictions"]))
        }
    }

    @Test func beatsThePriorAndSwappingIsExact() throws {
        try withTemporaryFolder { folder in
            let trained = try Trained(folder)
            let normal = try trained.predictions("normal")
            let swapped = try trained.predictions("swapped")
            #expect(normal.ids == swapped.ids)
            // Antisymmetric by construction: to the last bit.
            #expect(normal.probabilities == swapped.probabilities)
            let table = try PackedTable.read(trained.packed)
            var counts = [0.0, 0.0, 0.0]
            var rows: [(probabilities: Probabilities, label: ComparisonLabel)] = []
            for row in 0..<table.count {
                guard let label = table.label(row) else { continue }
                counts[label == .a ? 0 : label == .b ? 1 : 2] += 1
                rows.append((normal.probabilities[row], label))
            }
            let total = counts.reduce(0, +)
            let prior = Probabilities(a: counts[0] / total, b: counts[1] / total, tie: counts[2] / total)
            let base = Scores(rows.map { (prior, $0.label) })
            #expect(Scores(rows).logLoss < base.logLoss - 0.03)
        }
    }

    @Test func exchangingTheAnswersOfTheDataExchangesTheOutput() throws {
        try withTemporaryFolder { folder in
            let trained = try Trained(folder, rows: 200, folds: 2)
            let exchanged = try comparisons(trained.unique).map { row in
                var row = row
                swap(&row.responseA, &row.responseB)
                swap(&row.modelA, &row.modelB)
                return row
            }
            let table = try trained.trial.table("exchanged.parquet", exchanged)
            let packed = try #require(
                try trained.trial.run(Pack.self, ["rows": [table]], ["maximumTokens": 1000])["packed"])
            let plain = try trained.predictions("normal")
            let other = try trained.predictions("normal", of: packed)
            #expect(plain.ids == other.ids)
            #expect(plain.probabilities == other.probabilities.map(\.swapped))
        }
    }

    @Test func threadsDoNotChangeABit() throws {
        let bytes = try [1, 2].map { threads in
            try withTemporaryFolder { folder in
                let trained = try Trained(
                    folder, rows: 300, folds: 2, threads: threads, ["words": 2, "characters": 4])
                return try FileContents.read(trained.models[1], limit: 1 << 30)
            }
        }
        #expect(bytes[0] == bytes[1])
    }

    @Test func aRowIsNeverPredictedByAModelThatHasSeenIt() throws {
        try withTemporaryFolder { folder in
            let trained = try Trained(folder, rows: 200, folds: 2)
            #expect(throws: (any Error).self) {
                try trained.predictions("normal", models: [trained.models[0]])
            }
            #expect(throws: (any Error).self) {
                try trained.predictions("normal", models: [trained.models[0], trained.models[0]])
            }
            let everything = try trained.trial.run(
                TrainLinear.self, ["rows": [trained.packed]], ["bits": 12, "iterations": 3])
            #expect(throws: (any Error).self) {
                try trained.predictions("normal", models: [#require(everything["model"])])
            }
        }
    }

    @Test func aDamagedModelIsAnError() throws {
        try withTemporaryFolder { folder in
            let trained = try Trained(folder, rows: 100, folds: 2, ["iterations": 2])
            let bytes = try FileContents.read(trained.models[0], limit: 1 << 30)
            var random = SeededGenerator(seed: 8)
            for length in [0, 7, 8, 100, bytes.count / 2, bytes.count - 1] {
                let path = try trained.trial.file("cut", Array(bytes.prefix(length)))
                #expect(throws: (any Error).self) { try LinearModelFile.read(path) }
            }
            for _ in 0..<200 {
                var damaged = bytes
                damaged[random.integer(below: 600)] = UInt8(random.integer(below: 256))
                let path = try trained.trial.file("damaged", damaged)
                // Either refused or read as something of the right shape; never a crash.
                _ = try? LinearModelFile.read(path)
            }
        }
    }
}
