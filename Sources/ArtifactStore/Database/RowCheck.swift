internal import SQLite

/// Finds the rows of a table whose numbers cannot be, and puts them right, so that all else can rely on what it reads.
///
/// Only a store that was made up or damaged has such rows.
struct RowCheck: Sendable {
    /// Selects `id` and `name`, a phrase for people, of the rows that cannot be.
    let query: String
    /// What becomes of them.
    let consequence: String
    /// Statements that put the row of a `?` right.
    let repairs: [String]

    static let seconds = "BETWEEN -\(StoreBounds.seconds) AND \(StoreBounds.seconds)"
    static let size = "BETWEEN 0 AND \(StoreBounds.size)"
    static let chunkSize = "BETWEEN 0 AND \(ContentChunker.maximum)"

    /// Of all tables.
    static var all: [RowCheck] {
        ChunkTable.checks + ObjectTable.checks + TraceTable.checks + RunTable.checks + PinTable.checks
    }

    /// The rows that cannot be.
    func findings(_ connection: Connection) throws -> [(id: Int, name: String)] {
        try connection.rows(query) { (id: $0.integer("id"), name: $0.text("name") ?? "a row") }
    }

    /// Puts a row right.
    func repair(_ id: Int, _ connection: Connection) throws {
        for statement in repairs { try connection.run(statement, .integer(id)) }
    }
}
