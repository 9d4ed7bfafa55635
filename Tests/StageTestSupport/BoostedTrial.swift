import Comparisons
package import Files
import FoldModelStages
import IngestStages
import LabelledPredictions
import PackedRows
import Predictions
import Randomness
import RowStages
package import StageSchemas
import TestSupport
import Testing

/// A generated sample, packed and split, and what is needed to train on it.
package struct BoostedTrial {
    package let trial: StageTrial
    package let unique: FilePath
    package let packed: FilePath
    package let folds: FilePath
    package let foldCount: Int

    package init(_ folder: FilePath, rows count: Int, folds foldCount: Int = 2, shuffled: Bool = false) throws
    {
        trial = StageTrial(folder)
        self.foldCount = foldCount
        let sample = try trial.run(
            SampleComparisons.self, [:],
            ["rows": .integer(count), "meanTurnWords": 30, "testRows": 1, "extraRows": 1])
        let ingested = try trial.run(
            Ingest.self, ["file": [#require(sample["train"])]], ["source": "train", "labels": "required"])
        let table = try #require(ingested["rows"])
        let rows = try #require(try trial.run(Deduplicate.self, ["rows": [table]])["rows"])
        if shuffled {
            var table = try comparisons(rows)
            var labels = table.map(\.label)
            var random = SeededGenerator(seed: 12)
            random.shuffle(&labels)
            for index in table.indices { table[index].label = labels[index] }
            unique = try trial.table("shuffled.parquet", table)
        } else {
            unique = rows
        }
        packed = try #require(
            try trial.run(Pack.self, ["rows": [unique]], ["maximumTokens": 1000])["packed"])
        folds = try #require(
            try trial.run(Split.self, ["rows": [unique]], ["folds": .integer(foldCount)])["folds"])
    }

    private static let quick: [String: Value] = [
        "rounds": 60, "learningRate": .number(0.15), "maximumDepth": 3, "patience": 10, "bins": 32,
    ]

    /// A model per fold.
    package func trees(
        _ parameters: [String: Value] = [:], stacked: [FilePath] = [], targets: [FilePath] = [],
        features: [FilePath] = [], threads: Int = 2
    ) throws -> [FilePath] {
        try (0..<foldCount).map { fold in
            let outputs = try trial.run(
                TrainGradientBoosting.self,
                [
                    "rows": [packed], "folds": [folds], "predictions": stacked, "targets": targets,
                    "features": features,
                ],
                Self.quick.merging(["fold": .integer(fold)]) { _, new in new }
                    .merging(parameters) { _, new in new }, threads: threads)
            return try #require(outputs["model"])
        }
    }

    /// A linear model per fold.
    package func linear(
        _ parameters: [String: Value] = [:], targets: [FilePath] = [], features: [FilePath] = []
    ) throws -> [FilePath] {
        try (0..<foldCount).map { fold in
            let outputs = try trial.run(
                TrainLinear.self,
                ["rows": [packed], "folds": [folds], "targets": targets, "features": features],
                ["fold": .integer(fold), "bits": 12, "iterations": 40].merging(parameters) { _, new in new })
            return try #require(outputs["model"])
        }
    }

    /// Out-of-fold predictions.
    package func predict(
        _ models: [FilePath], orientation: Value = "normal", stacked: [FilePath] = [],
        features: [FilePath] = [], rows: FilePath? = nil
    ) throws -> FilePath {
        let outputs = try trial.run(
            Predict.self,
            [
                "rows": [rows ?? packed], "folds": [folds], "model": models, "predictions": stacked,
                "features": features,
            ], ["orientation": orientation])
        return try #require(outputs["predictions"])
    }

    /// The log loss of predictions, and of the shares of the labels.
    package func losses(_ predictions: FilePath) throws -> (model: Double, prior: Double) {
        let rows = try LabelledPrediction.join(
            PredictionTable(predictions), PackedTable.read(packed), nil)
        func share(_ label: ComparisonLabel) -> Double {
            Double(rows.count { $0.label == label }) / Double(rows.count)
        }
        let prior = Probabilities(a: share(.a), b: share(.b), tie: share(.tie))
        let count = Double(rows.count)
        return (
            rows.reduce(0) { $0 + $1.probabilities.logLoss($1.label) } / count,
            rows.reduce(0) { $0 + prior.logLoss($1.label) } / count
        )
    }

    /// The sample with A and B exchanged in every row, packed.
    package func exchanged() throws -> FilePath {
        let rows = try comparisons(unique).map { row in
            var row = row
            swap(&row.responseA, &row.responseB)
            swap(&row.modelA, &row.modelB)
            row.label = row.label?.swapped
            return row
        }
        let table = try trial.table("exchanged.parquet", rows)
        return try #require(
            try trial.run(Pack.self, ["rows": [table]], ["maximumTokens": 1000])["packed"])
    }
}
