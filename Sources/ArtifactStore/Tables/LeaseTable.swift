internal import Clocks
internal import Dataflow
internal import Digests
internal import SQLite

/// The table `lease`: which process is computing a key.
struct LeaseTable {
    let connection: Connection
    let locks: ProcessLocks

    /// A claim.
    struct Lease: Sendable {
        let process: ProcessIdentity?
        /// Seconds since 1970; matters only if it is unknown whether the process is alive.
        let expires: Double
    }

    /// How long a claim is honored without a sign of life, if it is unknown whether the process is alive.
    static let lifetime = 60.0

    /// True if the process that has a claim may be alive.
    func isHeld(_ lease: Lease) -> Bool {
        guard let process = lease.process else { return false }
        if let isAlive = locks.isAlive(process) { return isAlive }
        // A clock that is far ahead must not block a key forever.
        let left = lease.expires - WallClock.seconds()
        return left > 0 && left <= 2 * Self.lifetime
    }

    /// The claim on a key.
    func lease(of key: Key) throws -> Lease? {
        try connection.first("SELECT process, expires FROM lease WHERE key = ?", .blob(key.digest.bytes)) {
            let process = $0.text("process") ?? ""
            return Lease(
                process: process == ProcessIdentity.current.text ? .current : ProcessIdentity(text: process),
                expires: $0.real("expires"))
        }
    }

    /// Claims a key for a process, whoever holds it.
    func insert(_ key: Key, _ process: ProcessIdentity, expires: Double) throws {
        try connection.run(
            "INSERT OR REPLACE INTO lease (key, process, expires) VALUES (?, ?, ?)",
            .blob(key.digest.bytes), .text(process.text), .real(expires))
    }

    /// Removes the claim on a key, whoever holds it.
    func delete(_ key: Key) throws {
        try connection.run("DELETE FROM lease WHERE key = ?", .blob(key.digest.bytes))
    }

    /// Removes a process's claim on a key.
    func delete(_ key: Key, of process: ProcessIdentity) throws {
        try connection.run(
            "DELETE FROM lease WHERE key = ? AND process = ?", .blob(key.digest.bytes), .text(process.text))
    }

    /// Extends all of a process's claims.
    func extend(_ process: ProcessIdentity, to expires: Double) throws {
        try connection.run(
            "UPDATE lease SET expires = ? WHERE process = ?", .real(expires), .text(process.text))
    }

    /// The processes that have claims.
    func processes() throws -> [ProcessIdentity] {
        try connection.rows("SELECT DISTINCT process FROM lease") {
            ProcessIdentity(text: $0.text("process") ?? "")
        }
        .compactMap { $0 }
    }

    /// Removes a process's claims.
    func delete(of process: ProcessIdentity) throws {
        try connection.run("DELETE FROM lease WHERE process = ?", .text(process.text))
    }

    /// Removes the claims of processes that are known to be dead.
    func deleteThoseOfDead() throws {
        let processes = try connection.rows("SELECT DISTINCT process FROM lease") { $0.text("process") ?? "" }
        for process in processes where ProcessIdentity(text: process).flatMap({ locks.isAlive($0) }) == false
        {
            try connection.run("DELETE FROM lease WHERE process = ?", .text(process))
        }
    }
}
