internal import SQLite

/// Finds and repairs a table's rows with impossible values, so that other code can rely on what it reads.
///
/// Only a forged or damaged store has such rows.
struct RowCheck: Sendable {
    /// Selects `id` and `name`, a phrase for users, of the invalid rows.
    let query: String
    /// What the repair means for users.
    let consequence: String
    /// Statements that repair the row `?`.
    let repairs: [String]

    static let seconds = "BETWEEN -\(StoreBounds.seconds) AND \(StoreBounds.seconds)"
    static let size = "BETWEEN 0 AND \(StoreBounds.size)"
    static let chunkSize = "BETWEEN 0 AND \(ContentChunker.maximum)"

    /// The checks of all tables.
    static var all: [RowCheck] {
        ChunkTable.checks + ObjectTable.checks + TraceTable.checks + RunTable.checks + PinTable.checks
    }

    /// The invalid rows.
    func findings(_ connection: Connection) throws -> [(id: Int, name: String)] {
        try connection.rows(query) { (id: $0.integer("id"), name: $0.text("name") ?? "a row") }
    }

    /// Repairs a row.
    func repair(_ id: Int, _ connection: Connection) throws {
        for statement in repairs { try connection.run(statement, .integer(id)) }
    }
}
