public import Digests

/// An artifact that must not be collected.
public struct Pin: Sendable, Hashable {
    /// The name that the user gave, or an empty string.
    public let name: String
    /// The artifact.
    public let digest: Digest
    /// When it was pinned, in seconds since 1970.
    public let created: Double
}

/// The artifacts of a store that must not be collected.
public struct Pins: Sendable {
    let database: StoreDatabase

    /// Protects an artifact, and the trace that produced it, from collection.
    ///
    /// - Parameter name: the pin's name; a name that is in use moves to this artifact. Empty for none.
    public func add(_ artifact: Digest, name: String = "") throws {
        try database.transaction { tables in
            try tables.pins.insert(tables.objects.id(of: artifact), name: name)
        }
    }

    /// Removes all pins from an artifact.
    ///
    /// - Returns: the number of pins removed.
    @discardableResult
    public func remove(from artifact: Digest) throws -> Int {
        try database.transaction { tables in try tables.pins.delete(of: tables.objects.id(of: artifact)) }
    }

    /// Removes the pin with this name; false if there is none.
    @discardableResult
    public func remove(named name: String) throws -> Bool {
        try database.transaction { try $0.pins.delete(named: name) }
    }

    /// All pins, by name, then by age.
    public func all() throws -> [Pin] { try database.current { try $0.pins.all() } }
}
