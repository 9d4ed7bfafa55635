import ArtifactStore
import Dataflow
import Files
import Remotes
import Signatures
import Texts

extension Session {
    /// Opens a shared cache.
    ///
    /// - Parameters:
    ///   - signingKey: the file of the signing key, if the command line names one.
    ///   - uploads: true to upload results, which may create a cache; false to only read.
    func open(
        _ cache: SharedCache, _ index: RemoteIndex, signingKey: String? = nil, uploads: Bool
    ) throws -> RemoteCache {
        var settings = RemoteCache.Settings(mustExist: !uploads && cache.push == .never)
        if !cache.trusted.isEmpty { settings.trusted = try cache.trusted.map(verificationKey) }
        if uploads, let file = signingKey ?? cache.signingKey {
            settings.signingKey = try Self.signingKey(FilePath(file))
        }
        return try RemoteCache(storage(at: cache.address), index: index, settings: settings)
    }

    /// The storage of a shared cache.
    func storage(at address: String) throws -> any RemoteStorage {
        let address = try RemoteAddress(address)
        switch address.scheme {
        case .file:
            return FolderStorage(FilePath(address.place), address: address.text)
        case .http, .https:
            return WebStorage(
                address, environment: environment,
                temporaryFolder: FilePath(terminal.variable("TMPDIR") ?? "/tmp"),
                patience: try remotePatience())
        case .s3: return try BucketStorage(address)
        }
    }

    /// How long a shared cache may take to begin to answer, in seconds: 10, or `SLUICE_REMOTE_PATIENCE`. One that stops answering
    /// is given up after six times as long.
    func remotePatience() throws -> Double {
        guard let text = terminal.variable("SLUICE_REMOTE_PATIENCE"), !text.isEmpty else { return 10 }
        guard let seconds = Double(text), (1...3600).contains(seconds) else {
            throw CommandFailure.usage("SLUICE_REMOTE_PATIENCE takes seconds from 1 to 3600, not '\(text)'")
        }
        return seconds
    }

    /// What this machine has seen in shared caches.
    func remoteIndex(of store: ArtifactStore) throws -> RemoteIndex {
        try RemoteIndex(in: store.workFolder.path)
    }

    /// A public key from a setting: the key itself, or a file that contains it.
    private func verificationKey(_ text: String) throws -> VerificationKey {
        if let key = VerificationKey(text: text) { return key }
        guard let content = try? FileContents.readText(FilePath(text), limit: Self.largestKey),
            let key = VerificationKey(text: content)
        else {
            throw CommandFailure.usage(
                "trust: '\(text)' is neither a public key nor a file that contains one; `sluice remote key` makes keys"
            )
        }
        return key
    }

    static let largestKey = 4096

    private static func signingKey(_ path: FilePath) throws -> SigningKey {
        let text: String
        do {
            text = try FileContents.readText(path, limit: largestKey)
        } catch {
            throw CommandFailure.usage("the signing key cannot be read: \(error)")
        }
        guard let key = SigningKey(text: text) else {
            throw CommandFailure.usage("\(path) is not a private key made by `sluice remote key`")
        }
        return key
    }

    /// The caches of `remotes.json` and of a pipeline, each address once; the pipeline's settings take precedence.
    func sharedCaches(of pipeline: Pipeline?) throws -> [SharedCache] {
        var caches = pipeline?.caches ?? []
        for item in try RemoteList.read(self).remotes
        where !caches.contains(where: { $0.address.hasSameBytes(as: item.url) }) {
            caches.append(item.cache)
        }
        return caches
    }

    /// The cache with a name in `remotes.json`, or with an address.
    func sharedCache(named text: String, of pipeline: Pipeline? = nil) throws -> SharedCache {
        let list = try RemoteList.read(self)
        if let item = list[text] { return item.cache }
        let known = pipeline?.caches.first { $0.address.hasSameBytes(as: text) }
        if let known { return known }
        if text.contains(text: "://") { return SharedCache(address: text) }
        let hint = didYouMean(text, among: list.remotes.map(\.name)) ?? ""
        throw CommandFailure.usage(
            "there is no shared cache '\(text)'\(hint); `sluice remote list` shows them; you can also give an address, "
                + "such as file:///shared/cache")
    }
}
