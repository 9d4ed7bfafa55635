public import StageKit

/// The stage kinds of the preference pipeline.
public enum PreferenceKinds: Sendable {
    /// All of them, by name.
    public static let all: [any StageKind.Type] = [
        Augment.self,
        Blend.self,
        Deduplicate.self,
        Evaluate.self,
        Ingest.self,
        NearDuplicates.self,
        Pack.self,
        Predict.self,
        SampleComparisons.self,
        Split.self,
        Submission.self,
        TrainLinear.self,
        TTA.self,
    ]
}
