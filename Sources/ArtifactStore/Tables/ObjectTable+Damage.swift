internal import Dataflow
internal import Digests
internal import SQLite

/// Objects that are damaged, and the trees that contain them.
extension ObjectTable {
    /// The objects that are known to be damaged.
    func damaged() throws -> [Digest] {
        try connection.rows(
            "SELECT digest FROM object WHERE damaged = 1 AND length(digest) = 32 ORDER BY id"
        ) { try $0.digest("digest", of: "an artifact") }
    }

    /// Marks an object and the trees that contain it: a tree is damaged if one of its parts is.
    func markDamaged(_ digest: Digest) throws {
        try connection.run(Self.markDamaged("SELECT ?"), .integer(try id(of: digest)))
    }

    /// Marks the objects that contain a chunk, and the trees that contain those.
    func markDamaged(having chunk: Int) throws {
        try connection.run(
            Self.markDamaged("SELECT object FROM object_chunk WHERE chunk = ?"), .integer(chunk))
    }

    /// Marks the objects that have bytes in the second database, and the trees that contain them.
    func markDamagedHavingBulkChunks() throws {
        try connection.run(
            Self.markDamaged(
                "SELECT object FROM object_chunk WHERE chunk IN (SELECT id FROM chunk WHERE beside = 1)"))
    }

    /// A statement that marks the objects whose IDs a query returns, and the trees that contain them.
    static func markDamaged(_ query: String) -> String {
        """
        WITH RECURSIVE touched (id) AS (
            \(query) UNION SELECT e.tree FROM tree_entry e JOIN touched t ON e.child = t.id)
        UPDATE object SET damaged = 1 WHERE id IN (SELECT id FROM touched)
        """
    }
}
