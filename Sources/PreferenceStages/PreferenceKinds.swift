public import StageKit

/// The stage kinds of the preference pipeline, alphabetically.
public enum PreferenceKinds: Sendable {
    /// One line per kind.
    public static let all: [any StageKind.Type] = [
        Deduplicate.self,
        Ingest.self,
        Pack.self,
        Predict.self,
        SampleComparisons.self,
        Split.self,
        Submission.self,
        TTA.self,
        TrainLinear.self,
    ]
}
