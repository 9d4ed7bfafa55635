import Columns
import Comparisons
import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing
import Texts

@testable import LanguageModelStages
@testable import Predictions
@testable import RowStages

struct TrainLanguageModelTests {
    private func bytes(_ outputs: [String: FilePath]) throws -> [[UInt8]] {
        let adapter = try #require(outputs["adapter"])
        return try [
            FileContents.read(adapter.appending("adapter_model.safetensors")),
            FileContents.read(adapter.appending("adapter_config.json")),
            FileContents.read(adapter.appending("training.json")),
            FileContents.read(#require(outputs["losses"])), FileContents.read(#require(outputs["curve"])),
            FileContents.read(#require(outputs["report"])),
        ]
    }

    @Test func threadsDoNotChangeTheBytesButTheSeedDoes() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder)
            let inputs = ["swapped": [chain.swapped]]
            let one = try bytes(chain.train(["evaluateEvery": 2], inputs: inputs, threads: 1))
            let two = try bytes(chain.train(["evaluateEvery": 2], inputs: inputs, threads: 2))
            #expect(one == two)
            #expect(try bytes(chain.train(["seed": 1], inputs: inputs))[0] != one[0])
        }
    }

    @Test func learnsTheRowsWithoutSeeingHeldOutOnes() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder, rows: 90, hidden: 32)
            let base = try chain.trial.run(
                PretrainLanguageModel.self, ["model": [chain.model], "rows": [chain.packed]],
                ["maximumSteps": 20, "epochs": 9, "learningRate": 0.02, "rowsPerStep": 8])
            let outputs = try chain.train(
                [
                    "maximumSteps": 60, "epochs": 20, "learningRate": 0.02, "rank": 8,
                    "alpha": 16,
                    "targets": ["q_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
                ], base: base["model"], inputs: ["swapped": [chain.swapped]])
            let losses = try Table.read(#require(outputs["losses"]))
            #expect(losses.rowCount == 60)
            let loss = try losses.floats("loss").values
            // From knowing nothing of the vocabulary to answering with one of three tokens, and an end.
            #expect(loss[0] > 5 && loss[59] < 0.5 * loss[0], "\(loss[0]) to \(loss[59])")
            #expect(try losses.floats("held_out_log_loss").values.count == 60)
            #expect(chain.trial.metrics["trainingRows"] == 45 && chain.trial.metrics["heldOutRows"] == 45)
            let other = LanguageChain.comparisons(90).map { row in
                var row = row
                // Only labels of the fold that is held out differ.
                if (try? FoldTable(chain.folds).folds[row.id]) == 0 { row.label = .tie }
                return row
            }
            let packed = try chain.trial.run(
                Pack.self,
                ["rows": [try chain.trial.table("other.parquet", other)], "tokenizer": [chain.model]],
                ["template": "llama3", "maximumTokens": 200])
            let first = try chain.train()
            let second = try chain.train(inputs: ["rows": [#require(packed["packed"])]])
            #expect(try bytes(first)[0] == bytes(second)[0])
        }
    }

    @Test(arguments: ["labelAndEnd", "label", "options", "allTokens"])
    func trainsWithEveryLossOptimizerAndSchedule(loss: String) throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder, family: "gemma2", rows: 24)
            for (optimizer, schedule) in [
                ("adamW", "cosine"), ("adamW8bit", "linear"), ("adamW", "polynomial"),
            ] {
                let outputs = try chain.train(
                    [
                        "loss": .string(loss), "optimizer": .string(optimizer), "schedule": .string(schedule),
                        "labelSmoothing": 0.1,
                        "adversary": ["rate": 0.01, "epsilon": 0.001, "startEpoch": 0],
                        "maximumSteps": 3,
                    ])
                let losses = try Table.read(#require(outputs["losses"])).floats("loss").values
                #expect(losses.count == 3 && losses.allSatisfy { $0.isFinite && $0 > 0 })
            }
        }
    }

    @Test func trainsResumesAndPredictsWithAThreeWayHead() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder, rows: 24)
            let first = try #require(try chain.train(["head": "classes"])["adapter"])
            let next = try #require(
                try chain.train(["head": "classes", "rank": 1], inputs: ["adapter": [first]])["adapter"])
            let one = try chain.predict([first])
            let two = try chain.predict([next])
            #expect(one.ids.count == 24 && difference(one, two) > 0)
            let error = #expect(throws: StageFailure.self) { try chain.train(inputs: ["adapter": [first]]) }
            #expect(error?.message == "adapter: its head is not the one given by the parameter 'head'")
        }
    }

    @Test func teacherTargetsReplaceLabelsInTheShownOrientation() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder, rows: 24)
            let teacher = folder.appending("teacher.parquet")
            let ids = LanguageChain.comparisons(24).map(\.id)
            func write(_ probabilities: (Int) -> Probabilities) throws {
                try PredictionTable(ids: ids, probabilities: ids.indices.map(probabilities)).write(
                    to: teacher)
            }
            let labels: [Probabilities] = [
                Probabilities(a: 1, b: 0, tie: 0), Probabilities(a: 0, b: 1, tie: 0),
                Probabilities(a: 0, b: 0, tie: 1),
            ]
            try write { labels[$0 % 3] }
            let soft: [String: Value] = ["loss": "options", "goldShare": 0]
            let inputs = ["targets": [teacher], "swapped": [chain.swapped]]
            let hard = try chain.train(["loss": "options"], inputs: ["swapped": [chain.swapped]])
            let same = try chain.train(soft, inputs: inputs)
            #expect(try bytes(hard)[0] == bytes(same)[0])
            #expect(chain.trial.metrics["softRows"] == chain.trial.metrics["trainingRows"])
            try write { _ in Probabilities(a: 0.2, b: 0.2, tie: 0.6) }
            #expect(try bytes(chain.train(soft, inputs: inputs))[0] != bytes(hard)[0])
        }
    }

    @Test func rejectsInvalidTrainingOptionsWithAMessage() throws {
        try withTemporaryFolder { folder in
            let chain = try LanguageChain(folder, rows: 12)
            func message(_ body: () throws -> [String: FilePath]) -> String {
                do {
                    _ = try body()
                    return "nothing"
                } catch {
                    return "\(error)"
                }
            }
            let plain = try #require(try chain.trial.run(Pack.self, ["rows": [chain.rows]])["packed"])
            #expect(
                message { try chain.train(inputs: ["rows": [plain]]) }.hasPrefix(
                    "rows: the table has no tokens"))
            #expect(message { try chain.train(base: chain.rows) }.hasPrefix("model: it is a file"))
            #expect(message { try chain.train(base: folder) }.contains("no config.json"))
            #expect(message { try chain.train(fold: 7) } == "there is no fold 7: the folds are 0 to 1")
            #expect(
                message { try chain.train(fold: nil, ["evaluateEvery": 1]) }.contains(
                    "evaluateEvery: it requires a 'fold'"))
            #expect(
                message { try chain.train(inputs: ["swapped": [chain.packed]]) }.hasPrefix(
                    "swapped: '0' has the same orientation as in 'rows'"))
            #expect(message { try chain.train(["targets": ["qkv_proj"]]) }.contains("has no 'qkv_proj'"))
            let large = try chain.trial.run(
                CreateModel.self, ["rows": [plain]],
                [
                    "family": "gemma2", "vocabularySize": 512, "hiddenSize": 16, "layers": 1,
                    "maximumPositions": 16,
                ])
            #expect(
                message { try chain.train(base: large["model"]) }.contains("the model supports 1 to 14"))
        }
    }
}
