internal import SQLite

/// The tables of a connection. Each has all the SQL for its table, and reads rows by column name.
struct Tables {
    let connection: Connection
    /// Tells which processes are alive.
    let locks: ProcessLocks

    /// Chunks of files.
    var chunks: ChunkTable { ChunkTable(connection: connection) }
    /// Files, trees and logs.
    var objects: ObjectTable { ObjectTable(connection: connection) }
    /// Key → outputs.
    var traces: TraceTable { TraceTable(connection: connection) }
    /// What commands have discovered.
    var discoveries: DiscoveryTable { DiscoveryTable(connection: connection) }
    /// Invocations, and what happened to each stage in them.
    var runs: RunTable { RunTable(connection: connection, locks: locks) }
    /// Which process is computing a key.
    var leases: LeaseTable { LeaseTable(connection: connection, locks: locks) }
    /// External files.
    var sources: SourceTable { SourceTable(connection: connection) }
    /// What pipelines have published.
    var publications: PublicationTable { PublicationTable(connection: connection) }
    /// Artifacts that must not be collected.
    var pins: PinTable { PinTable(connection: connection) }
}
