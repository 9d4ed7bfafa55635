import Checkpoints
import Comparisons
import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing
import Texts

@testable import LanguageModelStages
@testable import PackedRows
@testable import Predictions
@testable import RowStages
@testable import TokenRows

struct PredictLanguageModelTests {
    @Test func eachRowIsPredictedByTheAdapterThatHasNotSeenIt() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder)
            let adapters = try (0..<2).map { try #require(try chain.train(fold: $0)["adapter"]) }
            let whole = try chain.predict(adapters.reversed(), outOfFold: true)
            let single = try adapters.map { try chain.predict([$0]) }
            let folds = try FoldTable(chain.folds)
            for (row, id) in whole.ids.enumerated() {
                let fold = try #require(folds.folds[id])
                #expect(whole.folds[row] == fold && single[fold].folds[row] == nil)
                #expect(abs(whole.probabilities[row].a - single[fold].probabilities[row].a) < 1e-5)
            }
            let mean = try chain.predict(adapters)
            let first = (single[0].probabilities[0].a + single[1].probabilities[0].a) / 2
            #expect(abs(mean.probabilities[0].a - first) < 1e-6)
            let error = #expect(throws: StageFailure.self) {
                try chain.predict([adapters[1]], outOfFold: true)
            }
            #expect(error?.message == "no adapter held out fold 0; connect one per fold")
            let twice = #expect(throws: StageFailure.self) {
                try chain.predict([adapters[1], adapters[1]], outOfFold: true)
            }
            #expect(twice?.message == "two adapters held out fold 1; connect one per fold")
        }
    }

    @Test func predictionsOfASwappedTableAreSwappedBack() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder)
            let adapter = try #require(try chain.train()["adapter"])
            let exchanged = LanguageChain.comparisons(60).map { row in
                var row = row
                (row.responseA, row.responseB) = (row.responseB, row.responseA)
                return row
            }
            let packed = try chain.trial.run(
                Pack.self,
                ["rows": [try chain.trial.table("x.parquet", exchanged)], "tokenizer": [chain.model]],
                ["template": "llama3", "maximumTokens": 200])
            let byHand = try chain.predict([adapter], rows: packed["packed"])
            let swapped = try chain.predict([adapter], rows: chain.swapped)
            #expect(swapped.probabilities.map(\.swapped) == byHand.probabilities)
        }
    }

    @Test func temperatureFlattensAndBatchesHardlyMatter() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder)
            let sharp = try chain.predict([])
            let flat = try chain.predict([], ["temperature": 2])
            for (one, other) in zip(sharp.probabilities, flat.probabilities) {
                let roots = [one.a, one.b, one.tie].map { $0.squareRoot() }
                #expect(abs(other.a - roots[0] / roots.reduce(0, +)) < 1e-6)
            }
            #expect(try difference(sharp, chain.predict([], ["tokensPerBatch": 1])) < 1e-5)
        }
    }

    @Test func aShareOfTheRowsIsTheLongestRows() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder)
            let all = try chain.predict([])
            let rows = try LanguageRows(
                PackedTable.read(chain.packed), port: "rows", for: ModelConfiguration(folder: chain.model))
            let order = (0..<60).sorted { (-rows.length($0), $0) < (-rows.length($1), $1) }
            for (parameters, count) in [
                (["longestShare": 0.26], 15), (["longestCount": 7], 7),
                (["longestShare": 0.5, "longestCount": 9], 9),
                (["longestShare": 0], 0),
            ] as [([String: Value], Int)] {
                let part = try chain.predict([], parameters)
                #expect(part.ids == order.prefix(count).sorted().map { all.ids[$0] })
                for (id, own) in zip(part.ids, part.probabilities) {
                    let place = try #require(all.ids.firstIndex(of: id))
                    #expect(abs(own.a - all.probabilities[place].a) < 1e-5)
                }
            }
        }
    }

    @Test func aQuantizedModelPredictsSimilarlyAndCanBeTrained() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder, hidden: 64)
            let quantized = try #require(
                try chain.trial.run(Quantize.self, ["model": [chain.model]])["model"])
            #expect(FileSystem.exists(quantized.appending("tokenizer.json")))
            let sizes = try [chain.model, quantized].map {
                try FileStatus(of: $0.appending("model.safetensors")).size
            }
            #expect(sizes[1] < sizes[0])
            let one = try chain.predict([])
            let other = try chain.predict([], base: quantized)
            #expect(difference(one, other) > 0 && difference(one, other) < 0.1)
            let adapter = try #require(try chain.train(base: quantized)["adapter"])
            #expect(try chain.predict([adapter], base: quantized).ids.count == 60)
            let again = #expect(throws: CheckpointError.self) {
                try chain.trial.run(Quantize.self, ["model": [quantized]])
            }
            #expect(again?.message == "the checkpoint is already quantized")
        }
    }

    @Test func theMeanOfAdaptersBelongsToNoFold() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder)
            let adapters = try (0..<2).map { try #require(try chain.train(fold: $0)["adapter"]) }
            func merge(_ adapters: [FilePath], _ parameters: [String: Value] = [:]) throws -> FilePath {
                try #require(
                    try chain.trial.run(
                        MergeAdapters.self, ["model": [chain.model], "adapter": adapters], parameters)[
                            "merged"])
            }
            let same = try merge([adapters[0], adapters[0]])
            #expect(try chain.predict([same], outOfFold: false) == chain.predict([adapters[0]]))
            let whole = try merge([adapters[0]], ["into": "model", "precision": "float32"])
            let merged = try chain.predict([], base: whole)
            #expect(try difference(merged, chain.predict([adapters[0]])) < 1e-4)
            #expect(try difference(merged, chain.predict([])) > 1e-3)
            let mean = try merge(adapters)
            let error = #expect(throws: StageFailure.self) { try chain.predict([mean], outOfFold: true) }
            #expect(error?.message.hasPrefix("an adapter was trained on all rows") == true)
        }
    }

    @Test func pretrainingLowersTheLossOnAnyNumberOfThreads() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder)
            func pretrain(_ threads: Int, _ parameters: [String: Value] = [:]) throws -> FilePath {
                let usual: [String: Value] = [
                    "maximumSteps": 20, "epochs": 9, "evaluationShare": 0.2, "learningRate": 0.02,
                ]
                return try #require(
                    try chain.trial.run(
                        PretrainLanguageModel.self,
                        ["model": [chain.model], "rows": [chain.packed, chain.swapped]],
                        usual.merging(parameters) { _, new in new }, threads: threads)["model"])
            }
            _ = try pretrain(1, ["maximumSteps": 1])
            let start = try #require(chain.trial.metrics["heldOutLoss"])
            let one = try pretrain(1)
            let end = try #require(chain.trial.metrics["heldOutLoss"])
            #expect(end < 0.7 * start, "\(start) to \(end)")
            let two = try pretrain(2)
            for name in ["model.safetensors", "config.json", "tokenizer.json"] {
                #expect(
                    try FileContents.read(one.appending(name)) == FileContents.read(two.appending(name)),
                    "\(name)")
            }
            let answering = try pretrain(2, ["answers": true])
            #expect(try chain.predict([], base: answering).ids.count == 60)
        }
    }
}
