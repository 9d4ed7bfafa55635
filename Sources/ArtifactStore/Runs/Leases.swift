public import Dataflow
internal import Digests
internal import SQLite

extension ArtifactStore {
    /// How long a claim of a process on another host is believed without a sign of life.
    private static let leaseSeconds = 60.0

    /// Claims keys for this process. A claim whose process has died is taken over at once.
    public func claim(_ keys: [Key]) throws -> [Claim] {
        // Who waits for another asks often, and must not keep it from writing.
        var holders = try withReader { connection in
            try keys.map { try Self.holder(of: $0, now: Self.now(), connection) }
        }
        if holders.contains(nil) {
            holders = try withConnection { connection in
                try connection.transaction { try keys.map { try Self.claim($0, connection) } }
            }
        }
        // Afterwards: who had a claim until now has committed what it was for.
        let traces = try lookingUp { try keys.map { try trace(for: $0) } }
        try release(keys.indices.filter { traces[$0] != nil && holders[$0] == nil }.map { keys[$0] })
        return keys.indices.map { index in
            if let trace = traces[index] { return .computed(trace) }
            return holders[index].map { .heldBy($0.phrase) } ?? .granted
        }
    }

    /// The other live process that has a key.
    private static func holder(
        of key: Key, now: Double, _ connection: Connection
    ) throws -> ProcessIdentity? {
        let held = try connection.first(
            "SELECT process, expires FROM lease WHERE key = ?", .blob(key.digest.bytes)
        ) { row in (process: ProcessIdentity(text: row.text(0) ?? ""), expires: row.real(1)) }
        guard let held, let process = held.process, process != .current else { return nil }
        return process.isAlive ?? (held.expires > now) ? process : nil
    }

    /// The other process that has a key; nil where it is this one's now.
    private static func claim(_ key: Key, _ connection: Connection) throws -> ProcessIdentity? {
        let now = now()
        if let holder = try holder(of: key, now: now, connection) { return holder }
        try connection.run(
            "INSERT OR REPLACE INTO lease (key, process, expires) VALUES (?, ?, ?)",
            .blob(key.digest.bytes), .text(ProcessIdentity.current.text), .real(now + leaseSeconds))
        return nil
    }

    /// Gives claims of this process up.
    public func release(_ keys: [Key]) throws {
        guard !keys.isEmpty else { return }
        try withConnection { connection in
            try connection.transaction {
                for key in keys {
                    try connection.run(
                        "DELETE FROM lease WHERE key = ? AND process = ?", .blob(key.digest.bytes),
                        .text(ProcessIdentity.current.text))
                }
            }
        }
    }

    /// Gives a sign of life for all claims of this process; call it more often than once a minute.
    public func renewClaims() throws {
        try withConnection { connection in
            try connection.run(
                "UPDATE lease SET expires = ? WHERE process = ?", .real(Self.now() + Self.leaseSeconds),
                .text(ProcessIdentity.current.text))
        }
    }
}
