internal import Clocks
public import Dataflow

/// Claims keys, so that two processes never compute the same thing at the same time.
public struct Claims: KeyClaiming {
    let database: StoreDatabase

    /// Claims keys for this process. Claims of dead processes are taken over at once.
    public func acquire(_ keys: [Key]) throws -> [Claim] {
        // A waiting process asks often, and must not keep others from writing.
        var holders = try database.lookUp { tables in try keys.map { try Self.holder(of: $0, tables.leases) }
        }
        if holders.contains(nil) {
            try database.locks.acquire()
            holders = try database.transaction { tables in
                try keys.map { try Self.claim($0, tables.leases) }
            }
        }
        // Afterwards: a process that held a claim until now has committed its result.
        let traces = try database.snapshot {
            try keys.map { key in try database.lookUp { try $0.traces.trace(of: key) } }
        }
        try release(keys.indices.filter { traces[$0] != nil && holders[$0] == nil }.map { keys[$0] })
        return keys.indices.map { index in
            if let trace = traces[index] { return .computed(trace) }
            return holders[index].map { .heldBy($0.phrase) } ?? .granted
        }
    }

    /// The other live process that holds a key.
    private static func holder(of key: Key, _ leases: LeaseTable) throws -> ProcessIdentity? {
        guard let lease = try leases.lease(of: key), let process = lease.process, process != .current else {
            return nil
        }
        return leases.isHeld(lease) ? process : nil
    }

    /// The other process that holds a key; nil if this one holds it now.
    private static func claim(_ key: Key, _ leases: LeaseTable) throws -> ProcessIdentity? {
        if let holder = try holder(of: key, leases) { return holder }
        try leases.insert(key, .current, expires: WallClock.seconds() + LeaseTable.lifetime)
        return nil
    }

    /// Releases claims of this process.
    public func release(_ keys: [Key]) throws {
        guard !keys.isEmpty else { return }
        try database.transaction { tables in
            for key in keys { try tables.leases.delete(key, of: .current) }
        }
    }

    /// Renews all claims of this process; call it more often than once a minute.
    public func renew() throws {
        try database.current { try $0.leases.extend(.current, to: WallClock.seconds() + LeaseTable.lifetime) }
    }
}
