import Columns
import Files
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import FeatureTables
@testable import FoldModelStages
@testable import PackedRows
@testable import Predictions
@testable import RowStages

/// `dense-text-features`, and models that take its table.
struct DenseTextFeaturesTests {
    private func features(
        _ trial: StageTrial, _ rows: FilePath, _ parameters: [String: Value] = [:], model: FilePath? = nil,
        threads: Int = 1
    ) throws -> [String: FilePath] {
        var inputs = ["rows": [rows]]
        inputs["model"] = model.map { [$0] }
        return try trial.run(
            DenseTextFeatures.self, inputs,
            ["dimensions": 8, "bits": 12].merging(parameters) { _, new in new }, threads: threads)
    }

    private func cosine(_ x: ArraySlice<Float>, _ y: ArraySlice<Float>) -> Float {
        func product(_ x: ArraySlice<Float>, _ y: ArraySlice<Float>) -> Float {
            zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
        }
        return product(x, y) / (product(x, x) * product(y, y)).squareRoot()
    }

    /// Prompts about three things, whose words never meet in one text.
    private func topics(_ trial: StageTrial) throws -> FilePath {
        let words = [
            ["harbour", "ship", "sail", "anchor", "tide"], ["flour", "oven", "bread", "yeast", "crust"],
            ["chord", "violin", "melody", "rhythm", "choir"],
        ]
        let rows = (0..<90).map { index in
            let topic = words[index % 3]
            func text(_ shift: Int) -> String {
                (0..<4).map { topic[(index + shift * $0) % 5] }.joined(separator: " ")
            }
            return Comparison(
                id: "r\(index)", source: "s", prompt: [text(1)], responseA: [text(2)], responseB: [text(3)],
                label: .a)
        }
        return try #require(
            try trial.run(Pack.self, ["rows": [trial.table("rows.parquet", rows)]])["packed"])
    }

    @Test func textsAboutTheSameTopicHaveSimilarVectors() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let outputs = try features(trial, topics(trial), ["dimensions": 3])
            let table = try FeatureTable(#require(outputs["features"]))
            #expect(table.ids == (0..<90).map { "r\($0)" })
            #expect(table.promptWidth == 3 && table.answerWidth == 3)
            func vector(_ text: Int) -> ArraySlice<Float> { table.values[(3 * text)..<(3 * text + 3)] }
            for one in 0..<270 {
                let likeness = cosine(vector(one), vector(0))
                #expect(one / 3 % 3 == 0 ? likeness > 0.99 : abs(likeness) < 0.01)
            }
            // Small tables: values are multiples of 2⁻¹².
            #expect(table.values.allSatisfy { $0 * 4096 == ($0 * 4096).rounded() })
        }
    }

    @Test func threadsDoNotChangeABitAndTheModelServesOtherRows() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 150)
            let one = try features(boosted.trial, boosted.packed)
            let three = try features(boosted.trial, boosted.packed, threads: 3)
            let model = try #require(one["model"])
            // With the model, the same rows have the same features, whatever the parameters say.
            let applied = try features(
                boosted.trial, boosted.packed, ["dimensions": 3, "seed": 9], model: model)
            for other in [three, applied] {
                for name in ["features", "model"] {
                    #expect(
                        try FileContents.read(#require(other[name])) == FileContents.read(#require(one[name]))
                    )
                }
            }
            let seed = try features(boosted.trial, boosted.packed, ["seed": 7, "iterations": 0])
            #expect(
                try FileContents.read(#require(seed["features"]))
                    != FileContents.read(#require(one["features"])))
        }
    }

    /// What the table says of A and B does not depend on how they are shown.
    @Test func rowsThatArePackedSwappedHaveTheSameFeatures() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 60)
            let swapped = try #require(
                try boosted.trial.run(
                    Pack.self, ["rows": [boosted.unique]], ["maximumTokens": 1000, "orientation": "swapped"])[
                        "packed"])
            let model = try #require(try features(boosted.trial, boosted.packed)["model"])
            let tables = try [boosted.packed, swapped].map { rows in
                try FeatureTable(#require(features(boosted.trial, rows, model: model)["features"]))
            }
            #expect(tables[0].values == tables[1].values && tables[0].ids == tables[1].ids)
            let first = RowFeatures.Widths(prompt: 8, answer: 8)
            let shown = try [boosted.packed, swapped].map { rows in
                let table = try PackedTable.read(rows)
                return try RowFeatures(tables[0], number: 1, table, rows: [5, 2])
            }
            #expect(shown[0].widths == first)
            #expect(shown[0].values[0..<8] == shown[1].values[0..<8])
            #expect(shown[0].values[8..<16] == shown[1].values[16..<24])
            #expect(shown[0].values[16..<24] == shown[1].values[8..<16])
        }
    }

    @Test func aSampleOfTheRowsIsEnough() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 150)
            let outputs = try features(boosted.trial, boosted.packed, ["fittedRows": 40])
            #expect(boosted.trial.metrics["fittedRows"] == 40)
            #expect(try FeatureTable(#require(outputs["features"])).ids.count > 100)
        }
    }

    /// More dimensions than there can be.
    @Test func aFewRowsHaveFewDimensions() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 6)
            let outputs = try features(boosted.trial, boosted.packed, ["dimensions": 500, "minimumTexts": 1])
            let table = try FeatureTable(#require(outputs["features"]))
            #expect((2...18).contains(table.promptWidth))
            #expect(throws: (any Error).self) {
                try features(boosted.trial, boosted.packed, ["minimumTexts": 1000])
            }
        }
    }

    enum Family: CaseIterable { case linear, trees }

    @Test(arguments: Family.allCases) func modelsTakeFeaturesAndStaySymmetric(_ family: Family) throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 400)
            let own = try #require(try features(boosted.trial, boosted.packed)["features"])
            let told = try labels(boosted)
            func train(_ features: [FilePath]) throws -> [FilePath] {
                switch family {
                case .linear: try boosted.linear(["tablePenalty": 1], features: features)
                case .trees: try boosted.trees(["rounds": 30], features: features)
                }
            }
            let models = try train([own, told])
            let normal = try boosted.predict(models, features: [own, told])
            let losses = try boosted.losses(normal)
            #expect(losses.model < losses.prior - 0.5)
            let swapped = try boosted.predict(models, orientation: "swapped", features: [own, told])
            let table = try PredictionTable(normal)
            #expect(try PredictionTable(swapped).probabilities == table.probabilities)
            // With what A and B have exchanged too.
            let mirrored = try boosted.predict(
                models, features: [own, told].map { try exchanged($0) }, rows: boosted.exchanged())
            #expect(try PredictionTable(mirrored).probabilities == table.probabilities.map(\.swapped))
            // Other tables than those that they were trained with are refused.
            #expect(throws: (any Error).self) { try boosted.predict(models) }
            #expect(throws: (any Error).self) { try boosted.predict(models, features: [own]) }
            #expect(throws: (any Error).self) { try boosted.predict(models, features: [told, own]) }
            let plain = try self.plain(family, boosted)
            #expect(throws: (any Error).self) { try boosted.predict(plain, features: [told]) }
        }
    }

    private func plain(_ family: Family, _ boosted: BoostedTrial) throws -> [FilePath] {
        switch family {
        case .linear: try boosted.linear(["iterations": 2])
        case .trees: try boosted.trees(["rounds": 2])
        }
    }

    /// A table that gives the labels away.
    private func labels(_ boosted: BoostedTrial) throws -> FilePath {
        let rows = try PackedTable.read(boosted.packed)
        let values = (0..<rows.count).flatMap { row -> [Float] in
            [rows.label(row) == .a ? 1 : 0, rows.label(row) == .b ? 1 : 0]
        }
        let path = boosted.trial.folder.appending("told.parquet")
        try FeatureTable(
            ids: (0..<rows.count).map { rows.id[$0] ?? "" }, promptWidth: 0, answerWidth: 1, values: values
        ).write(to: path)
        return path
    }

    /// A table with A and B exchanged.
    private func exchanged(_ path: FilePath) throws -> FilePath {
        let table = try FeatureTable(path)
        var values: [Float] = []
        for row in table.ids.indices {
            let start = row * table.width
            let a = start + table.promptWidth
            let b = a + table.answerWidth
            values += table.values[start..<a]
            values += table.values[b..<(b + table.answerWidth)]
            values += table.values[a..<b]
        }
        let other = FilePath(path.text + "-exchanged")
        try FeatureTable(
            ids: table.ids, promptWidth: table.promptWidth, answerWidth: table.answerWidth, values: values
        ).write(to: other)
        return other
    }

    @Test func threadsDoNotChangeModelsWithFeatures() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 200)
            let own = try #require(try features(boosted.trial, boosted.packed)["features"])
            let bytes = try [1, 3].map { threads in
                try boosted.trees(["rounds": 12], features: [own], threads: threads).map {
                    try FileContents.read($0, limit: 1 << 30)
                }
            }
            #expect(bytes[0] == bytes[1])
        }
    }

    @Test func damagedModelsAreErrors() throws {
        try withTemporaryFolder { folder in
            let boosted = try BoostedTrial(folder, rows: 30)
            let outputs = try features(boosted.trial, boosted.packed, ["minimumTexts": 1])
            let bytes = try FileContents.read(#require(outputs["model"]), limit: 1 << 30)
            for position in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 60)) {
                var damaged = bytes
                damaged[position] ^= 0x55
                let path = try boosted.trial.file("damaged", damaged)
                // Refused, or the damage was where it does not matter; never a crash.
                _ = try? features(boosted.trial, boosted.packed, model: path)
            }
            #expect(throws: (any Error).self) {
                try features(
                    boosted.trial, boosted.packed, model: boosted.trial.file("cut", Array(bytes.dropLast())))
            }
        }
    }
}
