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

/// Means, blends, evaluations and submissions of given predictions.
struct EnsembleTests {
    private func predictions(
        _ trial: StageTrial, _ name: String, _ rows: [(String, Probabilities)]
    ) throws -> FilePath {
        let path = trial.folder.appending(name)
        try PredictionTable(ids: rows.map(\.0), probabilities: rows.map(\.1)).write(to: path)
        return path
    }

    private func packed(_ trial: StageTrial, _ rows: [Comparison]) throws -> FilePath {
        let table = try trial.table("rows.parquet", rows)
        return try #require(try trial.run(Pack.self, ["rows": [table]])["packed"])
    }

    private func read(_ outputs: [String: FilePath]) throws -> [String: Probabilities] {
        let table = try PredictionTable(#require(outputs["predictions"]))
        return Dictionary(uniqueKeysWithValues: zip(table.ids, table.probabilities))
    }

    private static let first = Probabilities(a: 0.6, b: 0.3, tie: 0.1)
    private static let second = Probabilities(a: 0.2, b: 0.4, tie: 0.4)

    @Test func ttaAveragesByIdWhateverTheOrder() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let one = try predictions(trial, "1", [("x", Self.first), ("y", Self.second)])
            let two = try predictions(trial, "2", [("y", Self.second), ("x", Self.second)])
            let mean = try read(trial.run(TTA.self, ["predictions": [one, two]]))
            let x = try #require(mean["x"])
            #expect(abs(x.a - 0.4) < 1e-12 && abs(x.b - 0.35) < 1e-12 && abs(x.tie - 0.25) < 1e-12)
            let geometric = try read(
                trial.run(TTA.self, ["predictions": [one, two]], ["mean": "geometric"]))
            let g = try #require(geometric["x"])
            // √(0.6·0.2), √(0.3·0.4), √(0.1·0.4), divided by their sum.
            #expect(abs(g.a - 0.387995) < 1e-5 && abs(g.tie - 0.224009) < 1e-5)
            let short = try predictions(trial, "3", [("x", Self.first)])
            #expect(throws: (any Error).self) { try trial.run(TTA.self, ["predictions": [one, short]]) }
        }
    }

    @Test func blendWeighsMembersAndRulesTheLongestRows() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let rows = (0..<4).map { index in
                Comparison(
                    id: "r\(index)", source: "test", prompt: ["p"],
                    responseA: [String(repeating: "long ", count: 10 * index + 1)],
                    responseB: ["b"], label: .a)
            }
            let packed = try packed(trial, rows)
            let all = try predictions(trial, "1", rows.map { ($0.id, Self.first) })
            // The second member covers the longest row only.
            let longest = try predictions(trial, "2", [("r3", Self.second)])
            let blended = try read(
                trial.run(
                    Blend.self, ["predictions": [all, longest], "rows": [packed]],
                    [
                        "weights": [1, 0],
                        "rules": [["longest": 0.25, "weights": [1, 3]]],
                    ]))
            #expect(abs((blended["r0"]?.a ?? 0) - 0.6) < 1e-12)
            // (0.6 + 3 · 0.2) / 4
            #expect(abs((blended["r3"]?.a ?? 0) - 0.3) < 1e-12)
            // The same, by what the member covers, without lengths.
            let covered = try read(
                trial.run(
                    Blend.self, ["predictions": [all, longest]],
                    ["weights": [1, 0], "rules": [["member": 2, "weights": [1, 3]]]]))
            #expect(covered == blended)
            for rule in [["weights": [1, 3]], ["member": 3, "weights": [1, 3]]] as [Value] {
                #expect(throws: StageFailure.self) {
                    try trial.run(
                        Blend.self, ["predictions": [all, longest]],
                        ["weights": [1, 0], "rules": .list([rule])])
                }
            }
            #expect(throws: (any Error).self) {
                try trial.run(
                    Blend.self, ["predictions": [all, longest], "rows": [packed]], ["weights": [1, 1]])
            }
            #expect(throws: (any Error).self) {
                try trial.run(Blend.self, ["predictions": [all]], ["weights": [0]])
            }
        }
    }

    @Test func fittedWeightsAreBetterThanEqualOnesAndPreferWhatIsTrue() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            var random = SeededGenerator(seed: 77)
            var rows: [Comparison] = []
            var good: [(String, Probabilities)] = []
            var noise: [(String, Probabilities)] = []
            for index in 0..<400 {
                let truth = Probabilities(a: 0.1 + 0.8 * random.uniform(), b: 0.1, tie: 0.1).normalized
                let draw = random.uniform()
                let label: ComparisonLabel = draw < truth.a ? .a : draw < truth.a + truth.b ? .b : .tie
                rows.append(
                    Comparison(
                        id: "\(index)", source: "test", prompt: ["p\(index)"], responseA: ["a"],
                        responseB: ["b"],
                        label: label))
                good.append(("\(index)", truth))
                noise.append(
                    (
                        "\(index)",
                        Probabilities(a: random.uniform(), b: random.uniform(), tie: random.uniform())
                            .normalized
                    ))
            }
            let packed = try packed(trial, rows)
            let outputs = try trial.run(
                Blend.self,
                [
                    "predictions": [
                        try predictions(trial, "good", good), predictions(trial, "noise", noise),
                    ],
                    "rows": [packed],
                ], ["optimize": true])
            #expect((trial.metrics["weight1"] ?? 0) > 0.9)
            let labels = rows.map(\.label)
            func loss(_ weight: Double) -> Double {
                zip(zip(good, noise), labels).reduce(0) { sum, row in
                    guard let label = row.1 else { return sum }
                    return sum - log(weight * row.0.0.1[label] + (1 - weight) * row.0.1.1[label])
                } / Double(rows.count)
            }
            let fitted = try #require(trial.metrics["logLoss"])
            #expect(fitted < loss(0.5))
            for weight in stride(from: 0.01, through: 1, by: 0.01) { #expect(fitted <= loss(weight) + 1e-6) }
            // The same weights, given to another blend.
            let again = try read(
                trial.run(
                    Blend.self,
                    [
                        "predictions": [trial.folder.appending("good"), trial.folder.appending("noise")],
                        "weights": [#require(outputs["weights"])],
                    ]))
            #expect(again == (try read(outputs)))
        }
    }

    @Test func evaluationReportsThePriorSlicesAndMembers() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let rows = (0..<90).map { index in
                Comparison(
                    id: "\(index)", source: "test", prompt: ["p\(index)"], responseA: ["a"], responseB: ["b"],
                    label: [ComparisonLabel.a, .b, .tie][index % 3])
            }
            let packed = try packed(trial, rows)
            let even = Probabilities(a: 1, b: 1, tie: 1).normalized
            let path = try predictions(trial, "even", rows.map { ($0.id, even) })
            let right = try predictions(
                trial, "right",
                rows.map { row in
                    let a = row.label == .a ? 0.8 : 0.1
                    let b = row.label == .b ? 0.8 : 0.1
                    return (row.id, Probabilities(a: a, b: b, tie: 1 - a - b))
                })
            let outputs = try trial.run(
                Evaluate.self, ["rows": [packed], "predictions": [path], "members": [path, right]],
                ["title": "Even", "memberNames": ["even", "right"]])
            #expect(abs((trial.metrics["logLoss"] ?? 0) - 1.0986122886681098) < 1e-9)
            let summary = try TestSupport.read(#require(outputs["summary"]))
            #expect(summary.hasPrefix("# Even\n"))
            #expect(summary.contains("**Log loss 1.0986**"))
            #expect(summary.contains("| class prior | 90 | 1.0986 |"))
            // Exactly those that are no better are named.
            #expect(
                summary.contains(
                    "No better than the class prior, which looks at no text: the predictions and even."))
            for slice in ["turns", "language", "length"] { #expect(summary.contains("## By \(slice)")) }
            let metrics = try TestSupport.read(#require(outputs["metrics"]))
            #expect(metrics.contains("\"logLossInterval\""))
        }
    }

    @Test func submissionIsSortedAndEveryRowSumsToOne() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let third = Probabilities(a: 1, b: 1, tie: 1).normalized
            var random = SeededGenerator(seed: 5)
            var rows = [("136060", third), ("65089", Self.first), ("211333", Self.second)]
            for id in 300_000..<300_500 {
                let drawn = Probabilities(a: random.uniform(), b: random.uniform(), tie: random.uniform())
                rows.append(("\(id)", drawn.normalized))
            }
            let outputs = try trial.run(
                Submission.self,
                [
                    "predictions": [predictions(trial, "p", rows)],
                    "rows": [
                        trial.file(
                            "sample_submission.csv",
                            Array(("id,a\n" + rows.map { $0.0 + ",0\n" }.joined()).utf8))
                    ],
                ])
            let lines = try TestSupport.read(#require(outputs["submission"])).split(separator: "\n")
            #expect(lines[0] == "id,winner_model_a,winner_model_b,winner_tie")
            #expect(lines[1] == "65089,0.600000,0.300000,0.100000")
            #expect(lines[2] == "136060,0.333334,0.333333,0.333333")
            #expect(lines[3] == "211333,0.200000,0.400000,0.400000")
            #expect(lines.count == rows.count + 1)
            for line in lines.dropFirst() {
                let micros = line.split(separator: ",").dropFirst().map { cell in
                    Int(cell.filter { $0 != "." }) ?? 0
                }
                #expect(micros.reduce(0, +) == 1_000_000)
            }
        }
    }

    /// Submits predictions of the rows 1 and 2, where tables name the rows there are.
    private func submit(_ tables: [String], _ parameters: [String: Value] = [:]) throws -> (
        text: String, filled: Double?
    ) {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let own = try predictions(trial, "p", [("1", Self.first), ("2", Self.second)])
            let rows = try tables.enumerated().map { index, text in
                try trial.file("rows\(index).csv", Array(text.utf8))
            }
            let outputs = try trial.run(Submission.self, ["predictions": [own], "rows": rows], parameters)
            return (try TestSupport.read(#require(outputs["submission"])), trial.metrics["filled"])
        }
    }

    @Test func aSubmissionAccountsForEveryRow() throws {
        let whole = try submit(["id\n1\n", "reason,id\nx,2\nx,1\n"])
        #expect(whole.filled == 0)
        #expect(whole.text.split(separator: "\n").count == 3)
        let filled = try submit(["id\n1\n2\n3\n\"a,\u{301}\"\"\"\n"], ["missing": "prior"])
        #expect(filled.filled == 2)
        let lines = filled.text.split(separator: "\n")
        #expect(lines[3] == "3,0.400000,0.350000,0.250000")
        // Quoted by bytes: a comma with an accent on it is a comma.
        #expect(Array(lines[4].utf8) == Array("\"a,\u{301}\"\"\",0.400000,0.350000,0.250000".utf8))
    }

    @Test(
        arguments: [
            (["id\n1\n2\n3\n"], [:], "1 of 3 rows have no prediction, such as '3'; predict them"),
            (["id\n1\n"], [:], "1 predictions are for rows that are not in 'rows', such as '2'"),
            (["id\n1\n"], ["missing": "prior"], "1 predictions are for rows that are not in 'rows'"),
            (["id,x\n1,1\n,2\n2,3\n"], [:], "rows: row 2 of a table has no id"),
        ] as [([String], [String: Value], String)])
    func aSubmissionOfOtherRowsIsAnError(
        _ tables: [String], _ parameters: [String: Value], _ message: String
    ) throws {
        let failure = #expect(throws: StageFailure.self) { try submit(tables, parameters) }
        #expect(failure?.message.hasPrefix(message) == true, "\(failure?.message ?? "")")
    }

    @Test func fittedWeightsAreTheBestToTheLastDigits() throws {
        var random = SeededGenerator(seed: 3)
        // Two members that are nearly equal: small steps would end at about a half each.
        let twins = (0..<2_000).map { _ in
            let likelihood = 0.2 + 0.6 * random.uniform()
            return [likelihood, likelihood * (1 + 1e-6 * random.uniform())]
        }
        #expect(MixtureWeights.fit(twins).weights == [0, 1])
        // Of equal ones any mixture is best, and what never helps gets nothing.
        let equal = MixtureWeights.fit(twins.map { [$0[0], $0[0], $0[0] / 2] }).weights
        #expect(abs(equal[0] + equal[1] - 1) < 1e-12 && equal[2] == 0)
        for members in [2, 3, 8] {
            let rows = (0..<500).map { _ in
                let shared = 0.1 + 0.8 * random.uniform()
                return (0..<members).map { _ in min(1, shared * (0.5 + random.uniform())) }
            }
            let fit = MixtureWeights.fit(rows)
            #expect(fit.gap <= MixtureWeights.tolerance)
            #expect(abs(fit.weights.reduce(0, +) - 1) < 1e-12 && fit.weights.allSatisfy { $0 >= 0 })
            let loss = MixtureWeights.logLoss(rows, fit.weights)
            for _ in 0..<200 {
                var other = fit.weights.map { $0 + 0.01 * random.uniform() }
                let sum = other.reduce(0, +)
                other = other.map { $0 / sum }
                #expect(MixtureWeights.logLoss(rows, other) >= loss - 1e-10)
            }
        }
        // A row that one member rules out.
        #expect(MixtureWeights.fit([[1e-300, 1], [1e-300, 1]]).weights == [0, 1])
    }
}
