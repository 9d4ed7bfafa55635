internal import CProcesses

/// Restrictions that the kernel enforces on a child and on all its descendants, from before its program starts.
///
/// These are the mechanisms; the module `Confinement` derives them from what a process may access.
public struct ProcessRestriction: Sendable {
    /// The recipient of the descriptor through which the child's system calls are observed.
    public struct Listener: Sendable, Hashable {
        /// A socket that preserves message boundaries.
        public var socket: Int32

        package init(socket: Int32) { self.socket = socket }
    }

    /// The system calls that a process may make.
    public struct Calls: Sendable, Hashable {
        /// A seccomp filter, one instruction per element; empty for none.
        public var filter: [UInt64]
        /// The flags of the system call that installs it.
        public var filterFlags: UInt
        /// The capabilities that the process can never have, as bits.
        public var droppedCapabilities: UInt64

        package init(filter: [UInt64] = [], filterFlags: UInt = 0, droppedCapabilities: UInt64 = 0) {
            self.filter = filter
            self.filterFlags = filterFlags
            self.droppedCapabilities = droppedCapabilities
        }
    }

    /// Landlock rulesets, all of which apply; at most 8.
    public var rulesets: [Int32]
    /// The system calls that it may make. All programs that a supervisor runs must have the same.
    public var calls: Calls
    /// The observer, if any; the flags of the filter must then request a listener.
    public var listener: Listener?

    package init(rulesets: [Int32] = [], calls: Calls = Calls(), listener: Listener? = nil) {
        self.rulesets = rulesets
        self.calls = calls
        self.listener = listener
    }

    static func withPointer(
        to restriction: ProcessRestriction?, _ body: (UnsafePointer<sluice_restriction>?) -> Int32
    ) -> Int32 {
        guard let restriction else { return body(nil) }
        // Both arrays outlive `body`.
        return restriction.rulesets.withUnsafeBufferPointer { rulesets in
            restriction.calls.filter.withUnsafeBufferPointer { filter in
                var value = sluice_restriction(
                    rulesets: rulesets.baseAddress, ruleset_count: Int32(rulesets.count),
                    filter: filter.isEmpty ? nil : filter.baseAddress,
                    filter_length: UInt16(clamping: filter.count),
                    filter_flags: restriction.calls.filterFlags,
                    listener_socket: restriction.listener?.socket ?? -1,
                    dropped_capabilities: restriction.calls.droppedCapabilities)
                return body(&value)
            }
        }
    }

    /// What failed at a step of the start, as the beginning of a verb phrase.
    static func purpose(ofStep step: Int32) -> String {
        switch step {
        case Int32(sluice_spawn_ruleset.rawValue): "restrict the files of "
        case Int32(sluice_spawn_filter.rawValue): "restrict the system calls of "
        case Int32(sluice_spawn_listener.rawValue): "watch the system calls of "
        default: "start "
        }
    }
}
