import Columns
import Files
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import EnsembleStages
@testable import Predictions
@testable import Randomness
@testable import RowStages

/// `calibrate` with `bySource`.
struct SourceCalibrationTests {
    /// Predictions that are right for one source, know nothing of another's lack of ties, and flatten a third's preferences.
    private struct Sample {
        var ids: [String] = []
        var sources: [String] = []
        var shown: [Probabilities] = []
        var labels: [ComparisonLabel] = []

        init(count: Int, seed: Int, sources names: [String] = ["right", "no ties", "flat"]) {
            var random = SeededGenerator(seed: seed)
            for index in 0..<count {
                let source = names[index % names.count]
                let (s, t) = (random.uniform() * 3 - 1.5, random.uniform() - 0.5)
                let truth =
                    switch source {
                    case "no ties": Probabilities(scores: (preference: s, tie: -30))
                    case "flat": Probabilities(scores: (preference: 2 * s, tie: t))
                    default: Probabilities(scores: (preference: s, tie: t))
                    }
                let draw = random.uniform()
                ids.append("r\(index)")
                sources.append(source)
                shown.append(Probabilities(scores: (preference: s, tie: t)))
                labels.append(draw < truth.a ? .a : draw < truth.a + truth.b ? .b : .tie)
            }
        }

        func loss(_ predictions: [Probabilities]) -> Double {
            zip(predictions, labels).reduce(0) { $0 + $1.0.logLoss($1.1) } / Double(labels.count)
        }

        func rows(_ trial: StageTrial, _ name: String) throws -> FilePath {
            let table = try trial.table(
                name,
                ids.indices.map { index in
                    Comparison(
                        id: ids[index], source: sources[index], prompt: ["p"], responseA: ["x"],
                        responseB: ["y"], label: labels[index])
                })
            return try #require(try trial.run(Pack.self, ["rows": [table]])["packed"])
        }

        func predictions(_ trial: StageTrial, _ name: String) throws -> FilePath {
            let path = trial.folder.appending(name)
            try PredictionTable(ids: ids, probabilities: shown).write(to: path)
            return path
        }

        func folds(_ trial: StageTrial, _ count: Int) throws -> FilePath {
            let path = trial.folder.appending("folds-\(count).parquet")
            try Table([
                ("id", .string(StringColumn(ids))), ("group", .string(StringColumn(ids))),
                ("fold", .integer(IntegerColumn(ids.indices.map { Int64($0 / 7 % count) }))),
            ]).write(to: path)
            return path
        }

        var selection: SourceSelection {
            var folds = [[SourceSelection.Row]](repeating: [], count: 4)
            for index in ids.indices {
                folds[index / 7 % 4].append(
                    .init(probabilities: shown[index], label: labels[index], source: sources[index]))
            }
            return SourceSelection(folds: folds, candidates: [1, 30], minimumRows: 50)
        }
    }

    @Test func sourcesThatDifferAreCalibratedAndTheLossIsOutOfFold() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let sample = Sample(count: 1_200, seed: 3)
            let inputs = [
                "predictions": [try sample.predictions(trial, "predictions.parquet")],
                "rows": [try sample.rows(trial, "rows.parquet")], "folds": [try sample.folds(trial, 4)],
            ]
            let outputs = try trial.run(Calibrate.self, inputs, ["bySource": true])
            let nested = try #require(trial.metrics["nestedLogLoss"])
            let common = try #require(trial.metrics["nestedLogLossOfTemperature"])
            #expect(nested < common - 0.1)
            #expect(try #require(trial.metrics["logLoss"]) < nested)
            #expect(trial.metrics["sources"] == 3)
            let table = try PredictionTable(#require(outputs["predictions"]))
            #expect(abs(sample.loss(table.probabilities) - nested) < 1e-9)
            let threads = try trial.run(Calibrate.self, inputs, ["bySource": true], threads: 3)
            for name in ["predictions", "calibration"] {
                #expect(
                    try FileContents.read(#require(threads[name]))
                        == FileContents.read(#require(outputs[name])))
            }
            try servesOtherRows(trial, #require(outputs["calibration"]))
        }
    }

    /// Rows of a known source have its scaling, and those of another the common temperature.
    private func servesOtherRows(_ trial: StageTrial, _ calibration: FilePath) throws {
        let other = Sample(count: 600, seed: 4, sources: ["no ties", "unknown"])
        let inputs = [
            "predictions": [try other.predictions(trial, "other.parquet")], "calibration": [calibration],
        ]
        #expect(throws: (any Error).self) { try trial.run(Calibrate.self, inputs) }
        let outputs = try trial.run(
            Calibrate.self, inputs.merging(["rows": [try other.rows(trial, "others.parquet")]]) { $1 })
        let calibrated = try PredictionTable(#require(outputs["predictions"])).probabilities
        let temperature = try #require(trial.metrics["temperature"])
        for (index, source) in other.sources.enumerated() {
            if source == "unknown" {
                #expect(
                    calibrated[index] == TemperatureFit.applied(temperature, to: other.shown[index]))
            } else {
                #expect(calibrated[index].tie < 0.05)
            }
        }
    }

    @Test func exchangingTheSidesExchangesThePrediction() {
        let calibration = Sample(count: 1_200, seed: 5).selection.all(threads: 1)[4]
        #expect(calibration.sources.map(\.name) == ["flat", "no ties", "right"])
        for row in Sample(count: 300, seed: 6).shown {
            for source in ["flat", "no ties", "other"] {
                #expect(
                    calibration.applied(to: row.swapped, source: source)
                        == calibration.applied(to: row, source: source).swapped)
            }
        }
    }

    @Test func theScalingsAreWhatWasDone() throws {
        let calibration = Sample(count: 6_000, seed: 7).selection.all(threads: 1)[4]
        #expect(calibration.shrinkage == 1)
        let flat = try #require(calibration.sources.first { $0.name == "flat" })
        #expect(flat.rows == 2_000)
        #expect(abs(flat.scaling.preference[0] - 2) < 0.15 && abs(flat.scaling.tie[0] - 1) < 0.3)
        #expect(abs(flat.scaling.bias) < 0.15)
        let none = try #require(calibration.sources.first { $0.name == "no ties" })
        #expect(none.scaling.bias < -3)
    }

    @Test func sourcesThatAreAlikeOrSmallHaveTheCommonTemperature() {
        var sample = Sample(count: 900, seed: 8, sources: ["right"])
        sample.sources = sample.ids.indices.map { "alike \($0 % 9)" }
        let alike = sample.selection.all(threads: 1)[4]
        #expect(alike.sources.isEmpty || alike.shrinkage == 30)
        sample.sources = sample.ids.indices.map { "small \($0 % 20)" }
        #expect(sample.selection.all(threads: 1)[4].sources.isEmpty)
    }

    /// Labels without a pattern: a calibration that saw the labels that it predicts would be better than chance.
    @Test func nothingIsLearnedFromTheFoldThatIsPredicted() {
        var sample = Sample(count: 240, seed: 9, sources: ["one"])
        var random = SeededGenerator(seed: 10)
        let uniform = Probabilities(a: 1.0 / 3, b: 1.0 / 3, tie: 1.0 / 3)
        sample.labels = sample.labels.map { _ in [.a, .b, .tie][random.integer(below: 3)] }
        sample.sources = sample.ids.indices.map { "s\($0 % 4)" }
        let selection = sample.selection
        let calibrations = selection.all(threads: 1)
        let nested = selection.folds.indices.reduce(0) {
            $0 + SourceSelection.loss(calibrations[$1], selection.folds[$1])
        }
        #expect(nested / 4 > uniform.logLoss(.a) - 0.002)
    }

    @Test func impossibleRequestsAreReported() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let sample = Sample(count: 90, seed: 11)
            let rows = ["rows": [try sample.rows(trial, "rows.parquet")]]
            let predictions = ["predictions": [try sample.predictions(trial, "predictions.parquet")]]
            func message(_ folds: Int) throws -> String? {
                let inputs = rows.merging(predictions) { $1 }
                    .merging(["folds": [try sample.folds(trial, folds)]]) { $1 }
                do {
                    try trial.run(Calibrate.self, inputs, ["bySource": true])
                    return nil
                } catch {
                    return "\(error)"
                }
            }
            #expect(try message(2)?.contains("at least three folds") == true)
            #expect(try message(3) == nil)
            let text = #"{"temperature": 1, "shrinkage": 1, "sources": [\#(Self.entry), \#(Self.entry)]}"#
            let twice = try trial.file("twice.json", Array(text.utf8))
            #expect(throws: (any Error).self) {
                try trial.run(
                    Calibrate.self, rows.merging(predictions) { $1 }.merging(["calibration": [twice]]) { $1 })
            }
        }
    }

    private static let entry = #"{"source": "s", "rows": 9, "preference": 1, "tie": 1, "bias": 0}"#
}
