import Columns
import Files
import Glibc
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import EnsembleStages
@testable import Predictions
@testable import Randomness
@testable import RowStages

struct StackLogitsTests {
    /// Rows whose labels follow known probabilities, and two members: one too flat, one noise.
    private struct Sample {
        var truth: [Probabilities] = []
        var members: [[Probabilities]] = []
        var labels: [ComparisonLabel] = []

        init(count: Int, seed: Int) {
            var random = SeededGenerator(seed: seed)
            for _ in 0..<count {
                let (s, t) = (random.uniform() * 4 - 2, random.uniform() * 2 - 1)
                let row = Probabilities(scores: (preference: s, tie: t))
                let noise = Probabilities(
                    scores: (preference: random.uniform() - 0.5, tie: random.uniform() - 0.5))
                truth.append(row)
                members.append([Probabilities(scores: (preference: s / 2, tie: t / 3 + 0.7)), noise])
                let draw = random.uniform()
                labels.append(draw < row.a ? .a : draw < row.a + row.b ? .b : .tie)
            }
        }

        var examples: [LogitStack.Example] {
            zip(members, labels).map { LogitStack.Example($0, $1) }
        }

        func loss(_ predictions: [Probabilities]) -> Double {
            zip(predictions, labels).reduce(0) { $0 + $1.0.logLoss($1.1) } / Double(labels.count)
        }
    }

    @Test func anUnfittedStackIsTheGeometricMean() {
        let rows = [
            Probabilities(a: 0.6, b: 0.3, tie: 0.1), Probabilities(a: 0.2, b: 0.4, tie: 0.4),
        ]
        let stacked = LogitStack(members: 2).predict(rows)
        let products = [0.6 * 0.2, 0.3 * 0.4, 0.1 * 0.4].map { $0.squareRoot() }
        let sum = products.reduce(0, +)
        #expect(abs(stacked.a - products[0] / sum) < 1e-12)
        #expect(abs(stacked.tie - products[2] / sum) < 1e-12)
    }

    @Test func exchangingTheSidesExchangesThePredictionBitByBit() {
        let sample = Sample(count: 500, seed: 3)
        let stack = LogitStack.fit(sample.examples, .toMean(2, l2: 0.001), from: LogitStack(members: 2))
        for row in sample.members {
            #expect(stack.predict(row.map(\.swapped)) == stack.predict(row).swapped)
        }
    }

    @Test func theFitIsTheMinimumAndFindsTheTrueScores() {
        let sample = Sample(count: 20_000, seed: 5)
        let examples = sample.examples
        let stack = LogitStack.fit(examples, .toMean(2, l2: 1e-9), from: LogitStack(members: 2))
        // The truth is the first member's preference twice, and its tie minus 0.7 three times.
        #expect(abs(stack.preference[0] - 2) < 0.1 && abs(stack.preference[1]) < 0.1)
        #expect(abs(stack.tie[0] - 3) < 0.15 && abs(stack.tie[1]) < 0.15 && abs(stack.bias + 2.1) < 0.1)
        let least = stack.logLoss(examples)
        for index in 0..<5 {
            for change in [-1e-3, 1e-3] {
                var other = stack
                switch index {
                case 0, 1: other.preference[index] += change
                case 2, 3: other.tie[index - 2] += change
                default: other.bias += change
                }
                #expect(other.logLoss(examples) > least)
            }
        }
        #expect(least < sample.loss(sample.truth) + 1e-6)
    }

    @Test func aStrongPenaltyKeepsTheMeanAndTheStartDoesNotMatter() {
        let examples = Sample(count: 400, seed: 7).examples
        let strong = LogitStack.fit(examples, .toMean(2, l2: 1e6), from: LogitStack(members: 2))
        #expect(abs(strong.preference[0] - 0.5) < 1e-4 && abs(strong.tie[1] - 0.5) < 1e-4)
        var far = LogitStack(members: 2)
        far.preference = [5, -5]
        far.bias = 4
        let (near, other) = (
            LogitStack.fit(examples, .toMean(2, l2: 0.01), from: LogitStack(members: 2)),
            LogitStack.fit(examples, .toMean(2, l2: 0.01), from: far)
        )
        #expect(abs(near.preference[0] - other.preference[0]) < 1e-5 && abs(near.bias - other.bias) < 1e-5)
    }

    @Test func identicalMembersAreAllowed() {
        let sample = Sample(count: 300, seed: 9)
        let examples = zip(sample.members, sample.labels).map {
            LogitStack.Example([$0[0], $0[0], $0[0]], $1)
        }
        let stack = LogitStack.fit(examples, .toMean(3, l2: 1e-5), from: LogitStack(members: 3))
        #expect(stack.logLoss(examples) < sample.loss(sample.members.map { $0[0] }))
        #expect(stack.preference.allSatisfy { abs($0 - stack.preference[0]) < 1e-6 })
    }

    @Test func linearEquationsAreSolvedOrRefused() throws {
        let matrix = [[4.0, 2, 0.6], [2, 5, 1], [0.6, 1, 3]]
        let solution = try #require(PositiveDefiniteSystem.solve(matrix, [1, 2, 3]))
        for (row, right) in zip(matrix, [1.0, 2, 3]) {
            #expect(abs(zip(row, solution).reduce(0) { $0 + $1.0 * $1.1 } - right) < 1e-12)
        }
        #expect(PositiveDefiniteSystem.solve([[1, 1], [1, 1]], [1, 1]) == nil)
        #expect(PositiveDefiniteSystem.solve([[1, 2], [2, 1]], [1, 1]) == nil)
    }

    private struct Files {
        let rows: FilePath
        let folds: FilePath
        let members: [FilePath]
    }

    /// The sample as files, in `folds` folds.
    private func files(_ trial: StageTrial, _ sample: Sample, folds: Int) throws -> Files {
        let ids = sample.labels.indices.map { "r\($0)" }
        let table = try trial.table(
            "rows.parquet",
            zip(ids, sample.labels).map { id, label in
                Comparison(
                    id: id, source: "s", modelA: nil, modelB: nil, prompt: [id], responseA: ["x"],
                    responseB: ["y"], label: label, language: nil)
            })
        let path = trial.folder.appending("folds.parquet")
        try Table([
            ("id", .string(StringColumn(ids))), ("group", .string(StringColumn(ids))),
            ("fold", .integer(IntegerColumn(ids.indices.map { Int64($0 % folds) }))),
        ]).write(to: path)
        let members = try (0..<2).map { member in
            let file = trial.folder.appending("member-\(member).parquet")
            try PredictionTable(ids: ids, probabilities: sample.members.map { $0[member] }).write(to: file)
            return file
        }
        return Files(
            rows: try #require(try trial.run(Pack.self, ["rows": [table]])["packed"]), folds: path,
            members: members)
    }

    @Test func predictionsAreOutOfFoldAndTheModelServesOtherRows() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let sample = Sample(count: 3_000, seed: 11)
            let files = try files(trial, sample, folds: 4)
            let inputs = ["predictions": files.members, "rows": [files.rows], "folds": [files.folds]]
            let fitted = try trial.run(StackLogits.self, inputs)
            let stacked = try PredictionTable(#require(fitted["predictions"])).probabilities
            let nested = try #require(trial.metrics["nestedLogLoss"])
            #expect(abs(sample.loss(stacked) - nested) < 1e-9)
            // Better than the better member, and near the truth.
            #expect(nested < sample.loss(sample.members.map { $0[0] }) - 0.05)
            #expect(nested < sample.loss(sample.truth) + 0.01)
            let threads = try trial.run(StackLogits.self, inputs, threads: 3)
            for name in ["predictions", "model"] {
                #expect(
                    try FileContents.read(#require(threads[name]))
                        == FileContents.read(#require(fitted[name])))
            }
            let applied = try trial.run(
                StackLogits.self, ["predictions": files.members, "model": [try #require(fitted["model"])]])
            let other = try PredictionTable(#require(applied["predictions"])).probabilities
            #expect(sample.loss(other) < nested)
            let model = [try #require(fitted["model"])]
            try trial.run(
                StackLogits.self, ["predictions": files.members, "model": model, "rows": [files.rows]])
            let scored = try #require(trial.metrics["logLoss"])
            #expect(abs(scored - sample.loss(other)) < 1e-9)
            #expect(
                try FileContents.read(#require(applied["model"]))
                    == FileContents.read(#require(fitted["model"])))
        }
    }

    /// Members that know nothing: a stack that saw the labels it predicts would be better than chance.
    @Test func nothingIsLearnedFromTheFoldThatIsPredicted() throws {
        var sample = Sample(count: 90, seed: 13)
        var random = SeededGenerator(seed: 14)
        sample.labels = sample.labels.map { _ in [.a, .b, .tie][random.integer(below: 3)] }
        var folds = [[LogitStack.Example]](repeating: [], count: 3)
        for (index, example) in sample.examples.enumerated() { folds[index % 3].append(example) }
        let choices = StackSelection(folds: folds, candidates: [1e-9], members: 2).all(threads: 1)
        let nested = (0..<3).reduce(0) { $0 + choices[$1].stack.logLoss(folds[$1]) } / 3
        #expect(nested > log(3) && choices[3].stack.logLoss(sample.examples) < log(3))
    }

    @Test func impossibleRequestsAreReported() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let files = try files(trial, Sample(count: 60, seed: 15), folds: 2)
            func message(_ inputs: [String: [FilePath]]) -> String? {
                do {
                    try trial.run(StackLogits.self, inputs)
                    return nil
                } catch {
                    return "\(error)"
                }
            }
            let predictions = ["predictions": files.members]
            #expect(message(predictions)?.contains("connect 'rows' and 'folds'") == true)
            let rows = predictions.merging(["rows": [files.rows]]) { $1 }
            #expect(message(rows)?.contains("connect 'rows' and 'folds'") == true)
            let few = predictions.merging(["rows": [files.rows], "folds": [files.folds]]) { $1 }
            #expect(message(few)?.contains("at least three folds") == true)
            let wrong = predictions.merging(["model": [files.rows]]) { $1 }
            #expect(message(wrong)?.contains("not the model") == true)
        }
    }
}
