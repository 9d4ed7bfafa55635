public import Dataflow
public import Digests
public import Files

/// What a process and its descendants have learned about the file system.
public struct ObservedReads: Sendable, Hashable {
    /// A path, and what was learned about it.
    public struct Entry: Sendable, Hashable {
        /// The path with all links resolved, except a last one whose target is what was learned (`link`).
        public var path: PathBytes
        /// What was learned.
        public var aspect: DiscoveredInput.Aspect
        /// What was there when it was first looked at; nil for nothing.
        public var status: FileStatus?
        /// The digest of the names in a directory when they were first listed.
        public var listing: Digest?
    }

    /// Something that the process tried and was refused.
    public struct Refusal: Sendable, Hashable {
        /// What was tried.
        public enum Attempt: UInt8, Sendable, Hashable {
            /// Reading something undeclared, in a stage that may read only what it declares.
            case undeclaredRead
            /// Checking whether something undeclared exists, in such a stage; the answer was no.
            case undeclaredLook
            /// Reading what the stage itself has published before.
            case ownProduct
            /// Reading what no stage may access: the store, and other stages' folders.
            case hiddenRead
            /// Writing, creating, moving or removing something outside the writable folders.
            case write
            /// Connecting to a socket of another program.
            case connection
            /// Creating a socket that is not local.
            case network
        }
        /// What was tried.
        public var attempt: Attempt
        /// Where; nil for the network.
        public var path: PathBytes?
    }

    /// What was learned, sorted by path and then by aspect.
    public var entries: [Entry] = []
    /// What was refused, in the order in which it was first tried.
    public var refusals: [Refusal] = []
    /// Why something may have gone unnoticed, as a sentence; nil if nothing has.
    public var gap: String?
}
