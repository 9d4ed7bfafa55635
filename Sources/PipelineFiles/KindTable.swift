import Digests
import StageSchemas

/// The stage kinds that a file may use, built when a stage first names one, because pipelines of commands do not need
/// it.
final class KindTable {
    private(set) lazy var schemas = Dictionary(makeSchemas().map { ($0.name, $0) }) { first, _ in first }
    private(set) lazy var fingerprints = makeFingerprints()

    private let makeSchemas: () -> [StageSchema]
    private let makeFingerprints: () -> [String: Digest]

    init(
        schemas: @escaping () -> [StageSchema], fingerprints: @escaping () -> [String: Digest]
    ) {
        makeSchemas = schemas
        makeFingerprints = fingerprints
    }
}
