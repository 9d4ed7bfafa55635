public import Dataflow
public import Digests
public import Files

/// What a process and all that it started have learnt of the file system.
public struct ObservedReads: Sendable, Hashable {
    /// A path, and what was learnt of it.
    public struct Entry: Sendable, Hashable {
        /// The path without links, but for a last one that `link` is about.
        public var path: PathBytes
        /// What was learnt.
        public var aspect: DiscoveredInput.Aspect
        /// What was there when it was first looked at; nil for nothing.
        public var status: FileStatus?
        /// The digest of the names in a directory when they were first listed.
        public var listing: Digest?

        /// An entry of its parts.
        public init(
            path: PathBytes, aspect: DiscoveredInput.Aspect, status: FileStatus?, listing: Digest? = nil
        ) {
            self.path = path
            self.aspect = aspect
            self.status = status
            self.listing = listing
        }
    }

    /// Something that the process tried and could not do.
    public struct Refusal: Sendable, Hashable {
        /// What was tried.
        public enum Attempt: UInt8, Sendable, Hashable {
            /// Reading what is not declared, by a stage that reads only what is.
            case undeclaredRead
            /// Asking if something undeclared exists, by such a stage; it was told that it does not.
            case undeclaredLook
            /// Reading what the stage itself has published before.
            case ownProduct
            /// Reading what no stage may reach: the store, and other stages' folders.
            case hiddenRead
            /// Writing, making, moving or removing something outside of the writable folders.
            case write
            /// Connecting to a socket of another program.
            case connection
            /// Making a socket that is not local.
            case network
        }
        /// What was tried.
        public var attempt: Attempt
        /// Where; nil for the network.
        public var path: PathBytes?
    }

    /// What was learnt, sorted by path and then by aspect.
    public var entries: [Entry]
    /// What was refused, in the order in which it was first tried.
    public var refusals: [Refusal]
    /// Why something may have gone unnoticed, as a sentence; nil if nothing has.
    public var gap: String?

    /// Reads of their parts.
    public init(entries: [Entry] = [], refusals: [Refusal] = [], gap: String? = nil) {
        self.entries = entries
        self.refusals = refusals
        self.gap = gap
    }
}
