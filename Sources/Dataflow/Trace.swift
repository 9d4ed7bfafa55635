public import Digests

/// An immutable file or directory tree, identified by its content.
public struct Artifact: Sendable, Hashable {
    /// The shape of an artifact.
    public enum Shape: String, Sendable, Hashable { case file, tree }

    /// SHA-256 of the file's bytes, or of the tree's manifest.
    public let digest: Digest
    /// A file or a tree.
    public let shape: Shape
    /// The bytes of the file, or of all files of the tree.
    public let size: Int
    /// True for an executable file; in a tree, that is part of the content.
    public let isExecutable: Bool

    package init(digest: Digest, shape: Shape, size: Int, isExecutable: Bool = false) {
        self.digest = digest
        self.shape = shape
        self.size = size
        self.isExecutable = isExecutable
    }
}

/// The record that the work of a key produced these outputs.
///
/// A class because it is passed around a lot and never changes.
public final class Trace: Sendable {
    /// The key.
    public let key: Key
    /// The material that the key was made from.
    public let material: KeyMaterial
    /// The outputs, by name.
    public let outputs: [String: Artifact]
    /// The named numbers that the stage reported.
    public let metrics: [String: Double]
    /// What the attempt cost.
    public let cost: Cost
    /// The attempt's captured log, stored as an object; nil if it wrote nothing.
    public let log: Digest?
    /// How the attempt was confined; nil for results of version 0.1.
    public let confinement: Confinement?
    /// What a command has discovered; nil if nothing was observed.
    public let discovered: Discovered?
    /// The key that the outputs were made for, if a user has accepted them for this one.
    public let accepted: Key?

    /// How an attempt was confined.
    public enum Confinement: String, Sendable, Hashable {
        /// It could access only what it may.
        case confined
        /// It could access only what it may, as far as the kernel supports that.
        case partly
        /// It could access whatever the user can.
        case unconfined
    }

    /// The names of what a command has discovered; the trace's key is made of the first and the last.
    public struct Discovered: Sendable, Hashable {
        /// The key of what was declared.
        public let declared: Key
        /// The paths that were looked at.
        public let pathSet: Digest
        /// What was there.
        public let snapshot: Digest

        package init(declared: Key, pathSet: Digest, snapshot: Digest) {
            self.declared = declared
            self.pathSet = pathSet
            self.snapshot = snapshot
        }
    }

    package init(
        key: Key, material: KeyMaterial, outputs: [String: Artifact], metrics: [String: Double] = [:],
        cost: Cost = Cost(), log: Digest? = nil, confinement: Confinement? = nil,
        discovered: Discovered? = nil, accepted: Key? = nil
    ) {
        self.key = key
        self.material = material
        self.outputs = outputs
        self.metrics = metrics
        self.cost = cost
        self.log = log
        self.confinement = confinement
        self.discovered = discovered
        self.accepted = accepted
    }
}

/// What an attempt cost.
public struct Cost: Sendable, Hashable {
    /// Wall-clock seconds.
    public var wallSeconds: Double
    /// Processor seconds, user and system, of the process and of its children that were waited for.
    public var cpuSeconds: Double
    /// The peak resident memory in bytes.
    public var peakMemory: Int

    package init(wallSeconds: Double = 0, cpuSeconds: Double = 0, peakMemory: Int = 0) {
        self.wallSeconds = wallSeconds
        self.cpuSeconds = cpuSeconds
        self.peakMemory = peakMemory
    }
}
