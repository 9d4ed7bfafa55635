public import Digests

/// An artifact that must not be collected.
public struct Pin: Sendable, Hashable {
    /// The name that the user gave, or an empty one.
    public let name: String
    /// The artifact.
    public let digest: Digest
    /// When it was pinned, in seconds since 1970.
    public let created: Double
}

/// The artifacts of a store that must not be collected.
public struct Pins: Sendable {
    let database: StoreDatabase

    /// Keeps an artifact, and the trace that made it, from being collected.
    ///
    /// - Parameter name: what the pin is called; a name that is in use moves to this artifact. Empty for none.
    public func add(_ artifact: Digest, name: String = "") throws {
        try database.transaction { tables in
            try tables.pins.insert(tables.objects.id(of: artifact), name: name)
        }
    }

    /// Takes all pins off an artifact.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func remove(from artifact: Digest) throws -> Int {
        try database.transaction { tables in try tables.pins.delete(of: tables.objects.id(of: artifact)) }
    }

    /// Takes the pin of a name away; false if there is none.
    @discardableResult
    public func remove(named name: String) throws -> Bool {
        try database.transaction { try $0.pins.delete(named: name) }
    }

    /// All pins, by name, then by age.
    public func all() throws -> [Pin] { try database.current { try $0.pins.all() } }
}
