public import Dataflow
internal import Digests
internal import SQLite

extension ArtifactStore {
    /// How long a claim of a process on another host is believed without a sign of life.
    private static let leaseSeconds = 60.0

    /// Claims a key for this process. A claim whose process has died is taken over at once.
    public func claim(_ key: Key) throws -> Claim {
        if let trace = try trace(for: key) { return .computed(trace) }
        let holder = try withConnection { connection in
            try connection.transaction { () -> ProcessIdentity? in
                let now = Self.now()
                let held = try connection.first(
                    "SELECT process, expires FROM lease WHERE key = ?", .blob(key.digest.bytes)
                ) { row in (process: ProcessIdentity(text: row.text(0) ?? ""), expires: row.real(1)) }
                if let held, let process = held.process, process != .current,
                    process.isAlive ?? (held.expires > now)
                {
                    return process
                }
                try connection.run(
                    "INSERT OR REPLACE INTO lease (key, process, expires) VALUES (?, ?, ?)",
                    .blob(key.digest.bytes), .text(ProcessIdentity.current.text),
                    .real(now + Self.leaseSeconds))
                return nil
            }
        }
        if let holder { return .heldBy(holder.phrase) }
        // The holder may have committed between the first look and the claim.
        if let trace = try trace(for: key) {
            try release(key)
            return .computed(trace)
        }
        return .granted
    }

    /// Gives a claim of this process up.
    public func release(_ key: Key) throws {
        try withConnection { connection in
            try connection.run(
                "DELETE FROM lease WHERE key = ? AND process = ?", .blob(key.digest.bytes),
                .text(ProcessIdentity.current.text))
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
