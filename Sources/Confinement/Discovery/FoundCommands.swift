internal import Synchronization

/// Where the attempts of a run found commands on the search path, so that a shell is not searched for after each of them.
public final class FoundCommands: Sendable {
    private let found = Mutex<[[UInt8]: PathBytes]>([:])

    /// A bound on the memory.
    private static let most = 10_000

    /// Nothing is known yet.
    public init() {}

    /// Where a command is found. What was found before still counts if that is what the attempt has executed.
    func find(_ name: [UInt8], executed path: PathBytes?, in places: DiscoveryPlaces) -> PathBytes? {
        if let path, found.withLock({ $0[name] }) == path { return path }
        let program = places.find(command: name)
        found.withLock { found in
            if found.count < Self.most { found[name] = program }
        }
        return program
    }
}
