public import Dataflow
public import Digests

/// What the store knows about an artifact, for users.
public struct ArtifactRecord: Sendable, Hashable {
    /// A trace that has the artifact as an output.
    public struct Producer: Sendable, Hashable {
        /// The kind's name, or `run`.
        public let kind: String
        /// The output's name.
        public let output: String
        /// The stages whose latest result it is, as `pipeline:stage`; empty if later results have replaced it.
        public let stages: [String]
        /// The key.
        public let key: Key
        /// The wall seconds that it took to produce.
        public let seconds: Double
    }

    /// The artifact: its digest, its shape and its size.
    public let artifact: Artifact
    /// The bytes that its chunks take in the store; shared chunks count in full.
    public let storedSize: Int
    /// True if a chunk was found to be damaged; the next run recomputes it.
    public let isDamaged: Bool
    /// When it was stored, in seconds since 1970.
    public let created: Double
    /// When a run last produced or reused it, in seconds since 1970.
    public let used: Double
    /// The names under which it is pinned.
    public let pins: [String]
    /// What produced it, latest first; empty for logs and parts of trees.
    public let producers: [Producer]
}

/// One file or folder of a tree.
public struct TreeEntry: Sendable, Hashable {
    /// What it is.
    public enum Kind: String, Sendable, Hashable { case file, executable, directory, link }

    /// The path relative to the tree.
    public let path: String
    /// What it is.
    public let kind: Kind
    /// The digest of the content.
    public let digest: Digest
    /// The size in bytes; for a directory, of all files in it.
    public let size: Int
}
