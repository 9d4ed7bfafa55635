public import Digests
internal import SQLite

/// An artifact that must not be collected.
public struct Pin: Sendable, Hashable {
    /// The name that the user gave, or an empty one.
    public let name: String
    /// The artifact.
    public let digest: Digest
    /// When it was pinned, in seconds since 1970.
    public let created: Double
}

extension ArtifactStore {
    /// Keeps an artifact, and the trace that made it, from being collected.
    ///
    /// - Parameter name: what the pin is called; a name moves to the new artifact where it was in use. Empty for none.
    public func pin(_ artifact: Digest, name: String = "") throws {
        try withConnection { connection in
            try connection.transaction {
                let id = try Self.objectID(artifact, connection)
                if !name.isEmpty { try connection.run("DELETE FROM pin WHERE name = ?", .text(name)) }
                try connection.run(
                    "INSERT OR REPLACE INTO pin (object, name, created) VALUES (?, ?, ?)", .integer(id),
                    .text(name), .real(Self.now()))
            }
        }
    }

    /// Takes all pins off an artifact.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func unpin(_ artifact: Digest) throws -> Int {
        try withConnection { connection in
            let id = try Self.objectID(artifact, connection)
            try connection.run("DELETE FROM pin WHERE object = ?", .integer(id))
            return connection.changes
        }
    }

    /// Takes the pin of a name away; false where there is none.
    @discardableResult
    public func unpin(named name: String) throws -> Bool {
        try withConnection { connection in
            try connection.run("DELETE FROM pin WHERE name = ?", .text(name))
            return connection.changes > 0
        }
    }

    /// All pins, by name, then by age.
    public func pins() throws -> [Pin] {
        try withConnection { connection in
            try connection.rows(
                """
                SELECT p.name AS name, o.digest AS digest, p.created AS created FROM pin p JOIN object o ON o.id = p.object
                ORDER BY p.name, p.created, o.digest
                """
            ) { row in
                let name = row.text("name") ?? ""
                return Pin(
                    name: name, digest: try row.digest("digest", of: "a pinned artifact"),
                    created: try row.seconds("created", of: "the pin '\(name)'"))
            }
        }
    }
}
