package import ArtifactStore
internal import Digests
package import Signatures
internal import Synchronization

/// A shared cache, as one process uses it.
package final class RemoteCache: Sendable {
    /// How it is used.
    package struct Settings: Sendable {
        /// The key that signs uploads; nil to upload without signatures.
        package var signingKey: SigningKey?
        /// The keys one of which must have signed a result; nil to accept results without a signature, too.
        package var trusted: [VerificationKey]?
        /// True if there must be a cache already; false if an upload may create one.
        package var mustExist: Bool

        package init(
            signingKey: SigningKey? = nil, trusted: [VerificationKey]? = nil, mustExist: Bool = false
        ) {
            self.signingKey = signingKey
            self.trusted = trusted
            self.mustExist = mustExist
        }
    }

    package let storage: any RemoteStorage
    package let settings: Settings
    let index: RemoteIndex
    /// Its number in the local index.
    let number: Int
    private let state = Mutex(State())

    private struct State {
        var format: Format?
        /// The packs that are known to exist.
        var presentPacks: Set<Digest> = []
    }

    /// What is at the address.
    package enum Format: Sendable { case cache, nothing }

    static let formatText = Array("sluice cache 1\n".utf8)

    package init(_ storage: any RemoteStorage, index: RemoteIndex, settings: Settings = Settings()) throws {
        self.storage = storage
        self.index = index
        self.settings = settings
        number = try index.remote(storage.address)
    }

    /// What is at the address; looked up only once.
    package func format() throws(RemoteError) -> Format {
        if let known = state.withLock({ $0.format }) { return known }
        let found: Format
        if let bytes = try storage.read(RemoteRead(RemoteName.format, limit: 1 << 10)) {
            guard bytes == Self.formatText else {
                throw RemoteError(
                    .invalid,
                    "\(storage.address) is not a cache of this version of sluice: its file 'format' says something else"
                )
            }
            found = .cache
        } else {
            guard !settings.mustExist else {
                throw RemoteError(
                    .invalid,
                    "there is no cache at \(storage.address); the first upload creates one (`sluice push --to …`)"
                )
            }
            found = .nothing
        }
        state.withLock { $0.format = found }
        return found
    }

    /// Creates a cache at the address, if there is none yet.
    package func begin() throws(RemoteError) {
        guard try format() == .nothing else { return }
        try storage.prepare()
        // Whatever an earlier cache at this address had is gone.
        try indexing { try index.forgetAll(number) }
        try storage.write([RemoteWrite(RemoteName.format, Self.formatText)])[0].get()
        state.withLock { $0.format = .cache }
    }

    /// Uses the local index; its errors concern this machine's disk, not the cache.
    func indexing<Value>(_ body: () throws -> Value) throws(RemoteError) -> Value {
        do {
            return try body()
        } catch {
            throw RemoteError(.invalid, "the local index of \(storage.address) cannot be used: \(error)")
        }
    }

    /// The error for something that the cache should not have sent.
    func refusal(_ reason: String) -> RemoteError {
        RemoteError(.damaged, "\(storage.address): \(reason); it was not used")
    }

    // MARK: Packs

    /// Those of these packs that this process has found to exist.
    func isPresent(_ pack: Digest) -> Bool { state.withLock { $0.presentPacks.contains(pack) } }

    func notePresent(_ packs: some Sequence<Digest>) {
        state.withLock { $0.presentPacks.formUnion(packs) }
    }

    /// The index of a pack, if it was seen before and matches its name.
    func knownIndex(of pack: Digest) throws(RemoteError) -> PackIndex? {
        let bytes = try indexing { try index.contents(ofPack: pack, number) }
        guard let bytes, SHA256.digest(of: bytes) == pack else { return nil }
        return PackIndex(bytes: bytes)
    }

    /// Remembers the index of an existing pack.
    func note(_ pack: Digest, _ head: [UInt8], _ contents: PackIndex) throws(RemoteError) {
        try indexing {
            try index.add(
                pack: pack, contents: head,
                entries: contents.entries.map { ($0.digest, $0.form == .list) }, number)
        }
    }
}
