internal import Clocks
internal import Digests
internal import SQLite

/// The table `pin`: artifacts that must not be collected.
struct PinTable {
    let connection: Connection

    /// Pins an object; a name that is in use moves here.
    func insert(_ object: Int, name: String) throws {
        if !name.isEmpty { try connection.run("DELETE FROM pin WHERE name = ?", .text(name)) }
        try connection.run(
            "INSERT OR REPLACE INTO pin (object, name, created) VALUES (?, ?, ?)", .integer(object),
            .text(name), .real(WallClock.seconds()))
    }

    /// Removes all pins of an object and returns their number.
    func delete(of object: Int) throws -> Int {
        try connection.run("DELETE FROM pin WHERE object = ?", .integer(object))
        return connection.changes
    }

    /// Removes the pin with this name; false if there is none.
    func delete(named name: String) throws -> Bool {
        try connection.run("DELETE FROM pin WHERE name = ?", .text(name))
        return connection.changes > 0
    }

    /// The names under which an object is pinned.
    func names(of object: Int) throws -> [String] {
        try connection.rows("SELECT name FROM pin WHERE object = ? ORDER BY name", .integer(object)) {
            $0.text("name") ?? ""
        }
    }

    /// All pins, by name, then by age.
    func all() throws -> [Pin] {
        try connection.rows(
            """
            SELECT p.name AS name, o.digest AS digest, p.created AS created
            FROM pin p JOIN object o ON o.id = p.object ORDER BY p.name, p.created, o.digest
            """
        ) { row in
            let name = row.text("name") ?? ""
            return Pin(
                name: name, digest: try row.digest("digest", of: "a pinned artifact"),
                created: try row.seconds("created", of: "the pin '\(name)'"))
        }
    }

    /// Calls `body` with the ID of each pinned object, once per pin.
    func forEach(_ body: (Int) -> Void) throws {
        try connection.forEachRow("SELECT object FROM pin") { body($0.integer("object")) }
    }

    /// Impossible values.
    static let checks = [
        RowCheck(
            query: """
                SELECT object AS id, 'the pin ' || name AS name FROM pin WHERE created NOT \(RowCheck.seconds)
                """, consequence: "its time will be dropped",
            repairs: ["UPDATE pin SET created = 0 WHERE object = ?"])
    ]
}
