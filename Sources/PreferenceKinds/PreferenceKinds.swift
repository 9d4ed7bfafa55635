import EnsembleStages
import FoldModelStages
import IngestStages
import LanguageModelStages
import RowStages
public import StageKit

/// The stage kinds of the preference pipeline.
public enum PreferenceKinds: Sendable {
    /// All of them, by name.
    public static let all: [any StageKind.Type] = [
        ApplyRules.self,
        Augment.self,
        Blend.self,
        Calibrate.self,
        CreateModel.self,
        Deduplicate.self,
        DenseTextFeatures.self,
        Download.self,
        EmbedLanguageModel.self,
        Evaluate.self,
        ImportGGUF.self,
        Ingest.self,
        MergeAdapters.self,
        MinePairs.self,
        NearDuplicates.self,
        Overlap.self,
        Pack.self,
        Predict.self,
        PredictLanguageModel.self,
        PretrainLanguageModel.self,
        PseudoLabel.self,
        Quantize.self,
        SampleComparisons.self,
        Split.self,
        StackLogits.self,
        Submission.self,
        TrainGradientBoosting.self,
        TrainLanguageModel.self,
        TrainLinear.self,
        TTA.self,
    ]
}
