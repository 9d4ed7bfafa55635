internal import Digests
internal import JSON

/// The packs that no result needs any more. A collection removes those that an earlier one has condemned, so that no upload
/// in progress relies on a pack that is about to be removed.
struct CondemnedPacks: Codable {
    /// When each was condemned, in seconds since 1970, by its name.
    var since: [String: Double] = [:]

    private static let largest = 64 << 20

    /// The packs.
    var packs: Set<Digest> { Set(since.keys.compactMap { Digest(hexadecimal: $0) }) }

    static func read(from cache: RemoteCache) throws(RemoteError) -> CondemnedPacks {
        let answer = cache.storage.read([RemoteRead(RemoteName.condemned, limit: largest)])[0]
        guard let bytes = try answer.orNothingIfDamaged(),
            let list = try? JSONRecord.decode(CondemnedPacks.self, from: bytes, limit: largest)
        else { return CondemnedPacks() }
        return list
    }

    func write(to cache: RemoteCache) throws {
        try cache.storage.write([RemoteWrite(RemoteName.condemned, try JSONRecord.encode(self))])[0].get()
    }
}
