internal import Digests
internal import Files
internal import SQLite

/// The table `source_file`: the digests of external files, so that unchanged files are not read again.
struct SourceTable {
    let connection: Connection

    /// The digest of a file whose status has not changed since it was read; nil if that is not known.
    func digest(of path: String, _ status: FileStatus) throws -> Digest? {
        try connection.first(
            """
            SELECT digest FROM source_file
            WHERE path = ? AND size = ? AND modified = ? AND changed = ? AND inode = ? AND device = ?
            """, .text(path), .integer(status.size), .integer(Int(status.modified)),
            .integer(Int(status.changed)), .integer(Int(bitPattern: UInt(status.inode))),
            .integer(Int(bitPattern: UInt(status.device)))
        ) { row in row.withBlob("digest") { Digest(bytes: $0) } } ?? nil
    }

    /// Records the digest of a file.
    func insert(_ path: String, _ status: FileStatus, _ digest: Digest) throws {
        try connection.run(
            """
            INSERT OR REPLACE INTO source_file (path, size, modified, changed, inode, device, digest)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, .text(path), .integer(status.size), .integer(Int(status.modified)),
            .integer(Int(status.changed)), .integer(Int(bitPattern: UInt(status.inode))),
            .integer(Int(bitPattern: UInt(status.device))), .blob(digest.bytes))
    }

    /// The last known path of each of some contents; of several, the first by bytes.
    func paths(of digests: Set<Digest>) throws -> [Digest: String] {
        var paths: [Digest: String] = [:]
        guard !digests.isEmpty else { return paths }
        try connection.forEachRow("SELECT path, digest FROM source_file ORDER BY path") { row in
            guard let digest = row.withBlob("digest", { Digest(bytes: $0) }),
                digests.contains(digest), paths[digest] == nil
            else { return }
            paths[digest] = row.text("path")
        }
        return paths
    }
}
