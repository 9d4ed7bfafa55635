import Columns
import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import EnsembleStages
@testable import Predictions
@testable import RowStages

struct EvaluateTests {
    private static let good = Probabilities(a: 0.6, b: 0.2, tie: 0.2)
    private static let poor = Probabilities(a: 0.3, b: 0.4, tie: 0.3)

    /// Forty rows that A wins; every fourth shares its prompt with row 0 or its like.
    private static let rows = (0..<40).map { number in
        Comparison(
            id: "\(number)", source: "s|<x>", modelA: number % 2 == 0 ? "m" : "n",
            modelB: number % 2 == 0 ? "n" : "m",
            prompt: [number % 4 == 0 ? "shared" : "p\(number)"], responseA: ["a\(number)"], responseB: ["b"],
            label: .a)
    }

    /// Evaluates predictions that are poor for every fourth row, and reads the outputs.
    private func evaluate(
        _ trial: StageTrial, swapped: Bool = false, threads: Int = 1,
        _ more: (StageTrial, FilePath) throws -> [String: [FilePath]] = { _, _ in [:] }
    ) throws -> [String: FilePath] {
        let table = try trial.table("rows.parquet", Self.rows)
        let packed = try #require(
            trial.run(Pack.self, ["rows": [table]], ["orientation": swapped ? "swapped" : "normal"])["packed"]
        )
        let path = trial.folder.appending("predictions.parquet")
        try PredictionTable(
            ids: Self.rows.map(\.id),
            probabilities: Self.rows.indices.map { $0 % 4 == 0 ? Self.poor : Self.good }
        ).write(to: path)
        let inputs = ["rows": [packed], "predictions": [path]].merging(try more(trial, table)) { $1 }
        return try trial.run(Evaluate.self, inputs, ["resamples": 50], threads: threads)
    }

    private func folds(_ trial: StageTrial, _ fold: (Int) -> Int64?) throws -> FilePath {
        let path = trial.folder.appending("folds.parquet")
        try Table([
            ("id", .string(StringColumn(Self.rows.map(\.id)))),
            ("group", .string(StringColumn(Self.rows.map(\.id)))),
            ("fold", .integer(IntegerColumn(Self.rows.indices.map(fold)))),
        ]).write(to: path)
        return path
    }

    private func text(_ path: FilePath?) throws -> String {
        String(decoding: try FileContents.read(#require(path), limit: 1 << 24), as: UTF8.self)
    }

    @Test func leaksAgainstTrainingTables() throws {
        try withTemporaryFolder { folder in
            let outputs = try evaluate(StageTrial(folder)) { trial, table in
                var seen = Self.rows[0]
                (seen.id, seen.responseA) = ("seen", ["other"])
                // The same strings as row 1, with the sides exchanged.
                var copy = Self.rows[1]
                (copy.id, copy.responseA, copy.responseB) = ("copy", copy.responseB, copy.responseA)
                return [
                    "comparisons": [table], "training": [try trial.table("training.parquet", [seen, copy])],
                ]
            }
            let summary = try text(outputs["summary"])
            let overall = "0.6841"
            #expect(
                summary.contains(
                    "| conversation in the training rows | 1 | 0.5108 | 39 | 0.6886 | \(overall) |"))
            #expect(
                summary.contains("| prompt in the training rows | 11 | 1.1410 | 29 | 0.5108 | \(overall) |"))
        }
    }

    @Test func leaksAcrossFolds() throws {
        try withTemporaryFolder { folder in
            // Rows of the shared prompt are in two folds; all others are alone.
            let outputs = try evaluate(StageTrial(folder)) { trial, table in
                let groups = trial.folder.appending("groups.parquet")
                try Table([
                    ("id", .string(StringColumn(Self.rows.map(\.id)))),
                    ("group", .string(StringColumn(Self.rows.indices.map { $0 < 2 ? "near" : "\($0)" }))),
                ]).write(to: groups)
                return [
                    "comparisons": [table], "folds": [try folds(trial) { Int64($0 % 8 == 0 ? 1 : 0) }],
                    "groups": [groups],
                ]
            }
            let summary = try text(outputs["summary"])
            #expect(summary.contains("| conversation in another fold | 0 | – | 40 | 0.6841 | 0.6841 |"))
            #expect(summary.contains("| prompt in another fold | 10 | 1.2040 | 30 | 0.5108 | 0.6841 |"))
            #expect(summary.contains("| group in another fold | 2 | 0.8574 | 38 | 0.6750 | 0.6841 |"))
            #expect(summary.contains("(standard deviation over 2 folds)"))
        }
    }

    @Test func aRowThatIsNeverHeldOutIsAnotherFold() throws {
        try withTemporaryFolder { folder in
            let outputs = try evaluate(StageTrial(folder)) { trial, table in
                ["comparisons": [table], "folds": [try folds(trial) { $0 == 4 ? nil : 0 }]]
            }
            #expect(
                try text(outputs["summary"]).contains(
                    "| prompt in another fold | 10 | 1.2040 | 30 | 0.5108 | 0.6841 |"))
        }
    }

    @Test func missingInputsForLeaksAreReported() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            #expect(throws: StageFailure.self) {
                try evaluate(trial) { _, table in ["training": [table]] }
            }
            #expect(throws: StageFailure.self) {
                try evaluate(trial) { trial, table in ["groups": [try folds(trial) { _ in 0 }]] }
            }
        }
    }

    @Test func aSummaryHasItsChartsNextToIt() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let outputs = try evaluate(trial) { _, _ in
                ["members": [trial.folder.appending("predictions.parquet")]]
            }
            let summary = try text(outputs["summary"])
            let names = ["comparison", "confusion", "reliability", "length"]
            for name in names {
                #expect(summary.contains("](pictures/\(name).svg)"))
                let svg = try text(outputs["pictures"]?.appending("\(name).svg"))
                #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
            }
            #expect(summary.contains("| m / n | 40 | 0.6841 |"))
            #expect(summary.contains("| s\\|&lt;x> | 40 |"))
            #expect(summary.contains("| member 1 | 40 | 0.6841 | 0.7500 |"))
            #expect(summary.contains("0.0000 (0.0000 to 0.0000) |"))
        }
    }

    @Test func threadsDoNotChangeTheBytes() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let (one, many) = (try evaluate(trial), try evaluate(trial, threads: 3))
            for name in ["metrics", "summary"] { #expect(try text(one[name]) == text(many[name])) }
        }
    }

    @Test func aSwappedTableIsScoredAgainstTheLabelsOfTheData() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let (normal, swapped) = (try evaluate(trial), try evaluate(trial, swapped: true))
            #expect(try text(normal["metrics"]) == text(swapped["metrics"]))
        }
    }
}
