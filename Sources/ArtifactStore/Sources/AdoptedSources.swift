internal import Dataflow
internal import Digests
internal import Files
internal import Synchronization

/// External sources that this process makes available.
final class AdoptedSources: Sendable {
    /// How a source is made available.
    enum Place: Sendable {
        /// By a link to it.
        case inPlace(FilePath)
        /// By a copy.
        case copied(ExternalSource)
    }

    private let places = Mutex<[Digest: Place]>([:])

    /// Where the source with this content is.
    subscript(_ digest: Digest) -> Place? { places.withLock { $0[digest] } }

    /// Records where a source is.
    func add(_ digest: Digest, _ place: Place) { places.withLock { $0[digest] = place } }
}
