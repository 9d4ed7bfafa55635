public import Digests

/// An immutable file or directory tree, named by its content.
public struct Artifact: Sendable, Hashable {
    /// What an artifact is.
    public enum Shape: String, Sendable, Hashable { case file, tree }

    /// SHA-256 of the file's bytes, or of the tree's manifest.
    public let digest: Digest
    /// A file or a tree.
    public let shape: Shape
    /// The bytes of the file, or of all files of the tree.
    public let size: Int

    /// An artifact of its parts.
    public init(digest: Digest, shape: Shape, size: Int) {
        self.digest = digest
        self.shape = shape
        self.size = size
    }
}

/// The record that a key's work produced these outputs.
///
/// A class, because it is handed around a lot and never changes.
public final class Trace: Sendable {
    /// The key.
    public let key: Key
    /// What the key is the digest of.
    public let material: KeyMaterial
    /// The outputs, by name.
    public let outputs: [String: Artifact]
    /// The named numbers that the stage reported.
    public let metrics: [String: Double]
    /// What the attempt cost.
    public let cost: Cost
    /// The attempt's captured log, stored as an object; nil where it wrote nothing.
    public let log: Digest?

    /// A trace of its parts.
    public init(
        key: Key, material: KeyMaterial, outputs: [String: Artifact], metrics: [String: Double] = [:],
        cost: Cost = Cost(), log: Digest? = nil
    ) {
        self.key = key
        self.material = material
        self.outputs = outputs
        self.metrics = metrics
        self.cost = cost
        self.log = log
    }
}

/// What an attempt cost.
public struct Cost: Sendable, Hashable {
    /// Wall-clock seconds.
    public var wallSeconds: Double
    /// Processor seconds, user and system, of the process and its waited-for children.
    public var cpuSeconds: Double
    /// The greatest resident memory in bytes.
    public var peakMemory: Int

    /// A cost of its parts.
    public init(wallSeconds: Double = 0, cpuSeconds: Double = 0, peakMemory: Int = 0) {
        self.wallSeconds = wallSeconds
        self.cpuSeconds = cpuSeconds
        self.peakMemory = peakMemory
    }
}
