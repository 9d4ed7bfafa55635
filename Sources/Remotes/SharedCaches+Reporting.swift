package import Dataflow
internal import Synchronization

/// What shared caches say of themselves.
extension SharedCaches {
    /// A result in a cache.
    package struct Sighting: Sendable {
        package let trace: Trace
        /// The cache's address.
        package let address: String
    }

    /// What came from the caches.
    package struct FetchReport: Sendable {
        package var results = 0
        package var bytes = 0
        /// The results by the caches' addresses.
        package var sources: [String: Int] = [:]
    }

    /// The addresses of caches that were given up because they cannot be reached, or hang.
    package var unreachable: Set<String> {
        state.withLock { state in Set(state.unreachable.map { caches[$0].storage.address }) }
    }
}
