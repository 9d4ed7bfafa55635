public import StageKit

/// The stage kinds of the preference pipeline.
public enum PreferenceKinds: Sendable {
    /// All of them, by name.
    public static let all: [any StageKind.Type] = [
        ApplyRules.self,
        Augment.self,
        Blend.self,
        Calibrate.self,
        Deduplicate.self,
        Evaluate.self,
        Ingest.self,
        MinePairs.self,
        NearDuplicates.self,
        Overlap.self,
        Pack.self,
        Predict.self,
        PseudoLabel.self,
        SampleComparisons.self,
        Split.self,
        Submission.self,
        TrainGradientBoosting.self,
        TrainLinear.self,
        TTA.self,
    ]
}
