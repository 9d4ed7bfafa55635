import Columns
import Files
import StageKit
import StageSchemas
import StageTestSupport
import Testing

@testable import Comparisons
@testable import LanguageModelStages
@testable import Predictions
@testable import RowStages

/// A tiny model and comparisons that are easy to judge: the stages' way from text to a tuned model, in one folder.
struct LanguageChain {
    let trial: StageTrial
    let model: FilePath
    let rows: FilePath
    let packed: FilePath
    let swapped: FilePath
    let folds: FilePath

    /// The winner says "yes", the loser "no"; both say the same in a tie.
    static func comparisons(_ count: Int) -> [Comparison] {
        (0..<count).map { index in
            let label: ComparisonLabel = [.a, .b, .tie][index % 3]
            let words = ["one", "two", "three", "four", "five"]
            let prompt = "\(words[index % 5]) \(words[index / 5 % 5]) \(index)?"
            return Comparison(
                id: "\(index)", source: "s", prompt: [prompt], responseA: [label == .b ? "no" : "yes"],
                responseB: [label == .a ? "no" : "yes"], label: label)
        }
    }

    init(_ folder: FilePath, family: String = "llama3", rows count: Int = 60, hidden: Int = 16) throws {
        trial = StageTrial(folder)
        rows = try trial.table("rows.parquet", Self.comparisons(count))
        let text = try #require(try trial.run(Pack.self, ["rows": [rows]])["packed"])
        model = try #require(
            try trial.run(
                CreateModel.self, ["rows": [text]],
                [
                    "family": .string(family), "vocabularySize": 512, "hiddenSize": .integer(hidden),
                    "layers": 2,
                    "heads": 2, "keyValueHeads": 1, "maximumPositions": 512, "slidingWindow": 32,
                ])["model"])
        let template = family == "gemma2" ? "gemma" : "llama3"
        func pack(_ trial: StageTrial, _ rows: FilePath, _ model: FilePath, _ orientation: String) throws
            -> FilePath
        {
            try #require(
                try trial.run(
                    Pack.self, ["rows": [rows], "tokenizer": [model]],
                    [
                        "template": .string(template), "maximumTokens": 200,
                        "orientation": .string(orientation),
                    ]
                )["packed"])
        }
        packed = try pack(trial, rows, model, "normal")
        swapped = try pack(trial, rows, model, "swapped")
        folds = try #require(
            try trial.run(Split.self, ["rows": [rows]], ["folds": 2])["folds"])
    }

    /// Trains an adapter that holds a fold out.
    func train(
        fold: Int? = 0, _ parameters: [String: Value] = [:], base: FilePath? = nil,
        inputs: [String: [FilePath]] = [:], threads: Int = 2
    ) throws -> [String: FilePath] {
        let usual: [String: Value] = [
            "fold": fold.map { .integer($0) } ?? .null, "rank": 4, "alpha": 8, "learningRate": 0.01,
            "rowsPerStep": 8, "maximumSteps": 6, "epochs": 2,
        ]
        return try trial.run(
            TrainLanguageModel.self,
            ["model": [base ?? model], "rows": [packed], "folds": [folds]].merging(inputs) { _, new in new },
            usual.merging(parameters) { _, new in new }, threads: threads)
    }

    /// Predicts.
    func predict(
        _ adapters: [FilePath], _ parameters: [String: Value] = [:], rows: FilePath? = nil,
        base: FilePath? = nil,
        outOfFold: Bool = false
    ) throws -> PredictionTable {
        let outputs = try trial.run(
            PredictLanguageModel.self,
            [
                "model": [base ?? model], "rows": [rows ?? packed], "adapter": adapters,
                "folds": outOfFold ? [folds] : [],
            ], parameters, threads: 2)
        return try PredictionTable(#require(outputs["predictions"]))
    }
}

/// The greatest difference between two tables' probabilities.
func difference(_ one: PredictionTable, _ other: PredictionTable) -> Double {
    zip(one.probabilities, other.probabilities).map {
        max(abs($0.a - $1.a), abs($0.b - $1.b), abs($0.tie - $1.tie))
    }
    .max() ?? 0
}
