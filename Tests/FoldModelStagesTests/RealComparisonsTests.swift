import Files
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import FoldModelStages
@testable import IngestStages
@testable import RowStages

/// On real human judgments, if they are next to the checkout.
struct RealComparisonsTests {
    @Test(.enabled(if: realData("all_train.parquet") != nil))
    func theLinearModelBeatsTheNotedBaseline() throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let file = try #require(realData("all_train.parquet"))
            let rows = try #require(
                try trial.run(
                    Ingest.self, ["file": [file]], ["source": "train", "labels": "required"], threads: 2)[
                        "rows"])
            let packed = try #require(
                try trial.run(Pack.self, ["rows": [rows]], ["maximumTokens": 1900], threads: 2)["packed"])
            let folds = try #require(
                try trial.run(Split.self, ["rows": [rows]], ["folds": 5, "groupBy": ["prompt"]])["folds"])
            try trial.run(
                TrainLinear.self, ["rows": [packed], "folds": [folds]],
                ["fold": 0, "words": 1, "bits": 16, "iterations": 30], threads: 2)
            // TF-IDF and logistic regression reach 0.8806 on four fifths of these rows.
            #expect((trial.metrics["heldOutLogLoss"] ?? 2) < 0.8806)
        }
    }
}
