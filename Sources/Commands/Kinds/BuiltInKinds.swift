import PreferenceKinds
import StageKit

/// The stage kinds of this program.
enum BuiltInKinds {
    static let registry = KindRegistry(PreferenceKinds.all, fingerprints: SourceFingerprints.table)
}
