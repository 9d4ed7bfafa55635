internal import SQLite

/// Finds the rows of a table whose numbers cannot be, and puts them right, so that all else can rely on what it reads.
///
/// Only a store that was made up or damaged has such rows.
struct RowCheck {
    /// Selects `id` and `name`, a phrase for people, of the rows that cannot be.
    let query: String
    /// What becomes of them.
    let consequence: String
    /// Statements that put the row of a `?` right.
    let repairs: [String]

    private static let seconds = "BETWEEN -\(StoreBounds.seconds) AND \(StoreBounds.seconds)"
    private static let size = "BETWEEN 0 AND \(StoreBounds.size)"
    private static let chunkSize = "BETWEEN 0 AND \(ContentChunker.maximum)"

    /// Marks an object and the trees above it.
    private static let markDamaged = """
        WITH RECURSIVE touched (id) AS (
            SELECT ? UNION SELECT e.tree FROM tree_entry e JOIN touched t ON e.child = t.id)
        UPDATE object SET damaged = 1 WHERE id IN (SELECT id FROM touched)
        """

    static let all = [
        RowCheck(
            query: """
                SELECT id AS id, 'chunk ' || id AS name FROM chunk
                WHERE size NOT \(chunkSize) OR stored NOT \(chunkSize) OR codec NOT IN (0, 1) OR beside NOT IN (0, 1)
                    OR length(digest) <> 32
                """,
            consequence: "what it is part of is made anew",
            repairs: [
                """
                WITH RECURSIVE touched (id) AS (SELECT object FROM object_chunk WHERE chunk = ?
                    UNION SELECT e.tree FROM tree_entry e JOIN touched t ON e.child = t.id)
                UPDATE object SET damaged = 1 WHERE id IN (SELECT id FROM touched)
                """,
                "UPDATE chunk SET digest = NULL, codec = 0, size = 0, stored = 0, beside = beside = 1 WHERE id = ?",
            ]),
        RowCheck(
            query: "SELECT id AS id, 'artifact number ' || id AS name FROM object WHERE length(digest) <> 32",
            consequence: "what it is part of is made anew",
            repairs: [
                markDamaged,
                "DELETE FROM trace WHERE id IN (SELECT trace FROM trace_output WHERE object = ?)",
                "DELETE FROM tree_entry WHERE child = ?",
                "DELETE FROM object WHERE id = ?",
            ]),
        RowCheck(
            query: """
                SELECT id AS id, 'artifact ' || lower(substr(hex(digest), 1, 12)) AS name FROM object
                WHERE size NOT \(size) OR stored NOT \(size) OR created NOT \(seconds) OR shape NOT IN ('file', 'tree')
                """,
            consequence: "it is made anew",
            repairs: [
                markDamaged,
                """
                UPDATE object SET size = 0, stored = 0, created = 0,
                    shape = CASE WHEN shape = 'tree' THEN 'tree' ELSE 'file' END
                WHERE id = ?
                """,
            ]),
        RowCheck(
            query: """
                SELECT id AS id, coalesce(
                    (SELECT 'the result of ' || s.pipeline || ':' || s.name FROM stage s WHERE s.trace = trace.id),
                    'a result of ' || kind) AS name
                FROM trace
                WHERE wall_seconds NOT \(seconds) OR cpu_seconds NOT \(seconds) OR created NOT \(seconds)
                    OR peak_memory NOT \(size) OR length(key) <> 32
                    OR command IS NULL AND length(fingerprint) IS NOT 32
                    OR EXISTS (SELECT 1 FROM trace_input i WHERE i.trace = trace.id AND length(i.digest) <> 32)
                """,
            consequence: "it is made anew", repairs: ["DELETE FROM trace WHERE id = ?"]),
        RowCheck(
            query: """
                SELECT id AS id, 'run ' || id AS name FROM run
                WHERE started NOT \(seconds) OR coalesce(finished, 0) NOT \(seconds)
                """,
            consequence: "its times are dropped",
            repairs: ["UPDATE run SET started = 0, finished = 0 WHERE id = ?"]),
        RowCheck(
            query: """
                SELECT DISTINCT run AS id, 'a stage of run ' || run AS name FROM run_stage
                WHERE seconds NOT \(seconds)
                """,
            consequence: "its time is dropped",
            repairs: ["UPDATE run_stage SET seconds = NULL WHERE run = ? AND seconds NOT \(seconds)"]),
        RowCheck(
            query: "SELECT object AS id, 'the pin ' || name AS name FROM pin WHERE created NOT \(seconds)",
            consequence: "its time is dropped", repairs: ["UPDATE pin SET created = 0 WHERE object = ?"]),
    ]

    /// The rows that cannot be.
    func findings(_ connection: Connection) throws -> [(id: Int, name: String)] {
        try connection.rows(query) { (id: $0.integer("id"), name: $0.text("name") ?? "a row") }
    }

    /// Puts a row right.
    func repair(_ id: Int, _ connection: Connection) throws {
        for statement in repairs { try connection.run(statement, .integer(id)) }
    }
}
