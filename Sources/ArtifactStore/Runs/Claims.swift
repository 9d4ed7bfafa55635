internal import Clocks
internal import Dataflow

/// Claims of keys, so that two processes never compute the same at once.
struct Claims {
    let database: StoreDatabase

    /// Claims keys for this process. A claim whose process has died is taken over at once.
    func claim(_ keys: [Key]) throws -> [Claim] {
        // Who waits for another asks often, and must not keep it from writing.
        var holders = try database.lookUp { tables in try keys.map { try Self.holder(of: $0, tables.leases) }
        }
        if holders.contains(nil) {
            try database.locks.acquire()
            holders = try database.transaction { tables in
                try keys.map { try Self.claim($0, tables.leases) }
            }
        }
        // Afterwards: who had a claim until now has committed what it was for.
        let traces = try database.snapshot {
            try keys.map { key in try database.lookUp { try $0.traces.trace(of: key) } }
        }
        try release(keys.indices.filter { traces[$0] != nil && holders[$0] == nil }.map { keys[$0] })
        return keys.indices.map { index in
            if let trace = traces[index] { return .computed(trace) }
            return holders[index].map { .heldBy($0.phrase) } ?? .granted
        }
    }

    /// The other live process that has a key.
    private static func holder(of key: Key, _ leases: LeaseTable) throws -> ProcessIdentity? {
        guard let lease = try leases.lease(of: key), let process = lease.process, process != .current else {
            return nil
        }
        return leases.isHeld(lease) ? process : nil
    }

    /// The other process that has a key; nil if it is this one's now.
    private static func claim(_ key: Key, _ leases: LeaseTable) throws -> ProcessIdentity? {
        if let holder = try holder(of: key, leases) { return holder }
        try leases.insert(key, .current, expires: WallClock.seconds() + LeaseTable.lifetime)
        return nil
    }

    /// Gives claims of this process up.
    func release(_ keys: [Key]) throws {
        guard !keys.isEmpty else { return }
        try database.transaction { tables in
            for key in keys { try tables.leases.delete(key, of: .current) }
        }
    }

    /// Gives a sign of life for all claims of this process; to be called more often than once a minute.
    func renew() throws {
        try database.current { try $0.leases.extend(.current, to: WallClock.seconds() + LeaseTable.lifetime) }
    }
}
