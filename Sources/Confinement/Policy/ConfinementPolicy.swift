/// What a process and everything that it starts may access.
///
/// ```swift
/// var policy = ConfinementPolicy()
/// policy.allow(.run, PathBytes("/usr"))
/// policy.allow(.read, PathBytes("/work/inputs"))
/// policy.allow(.write, PathBytes("/work/outputs"))
/// ```
public struct ConfinementPolicy: Sendable, Hashable {
    /// A path, and what may be done with it and everything below it.
    public struct Rule: Sendable, Hashable {
        /// The path; if it is missing when the policy is applied, the rule has no effect.
        public var path: PathBytes
        /// What may be done.
        public var access: FileAccess

        package init(path: PathBytes, access: FileAccess) {
            self.path = path
            self.access = access
        }
    }

    /// Everything that is allowed; the rest of the file system is forbidden.
    public private(set) var rules: [Rule]
    /// True if all kinds of sockets may be used; false for local ones only.
    public var allowsNetwork: Bool

    /// A policy that allows nothing.
    public init(allowsNetwork: Bool = false) {
        rules = []
        self.allowsNetwork = allowsNetwork
    }

    /// Adds a rule; rules for the same path add up.
    public mutating func allow(_ access: FileAccess, _ path: PathBytes) {
        rules.append(Rule(path: path, access: access))
    }

    /// Adds a rule for each path.
    public mutating func allow(_ access: FileAccess, _ paths: some Sequence<PathBytes>) {
        for path in paths { allow(access, path) }
    }

    /// Adds the rules of another policy.
    public mutating func allow(all other: ConfinementPolicy) { rules += other.rules }
}

/// The folders that belong to the system rather than to a person.
///
/// Reads there are not recorded, except those of programs and of the search for commands: a distribution's packages are assumed
/// to be as stable as the kernel. `/usr/local` and `/opt` are not among them, since people install software there.
public struct SystemFolders: Sendable, Hashable {
    /// The folders.
    public var folders: [PathBytes]
    /// Folders within them that are not the system's.
    public var exceptions: [PathBytes]

    /// The system's folders on Linux.
    public static let standard = SystemFolders(
        folders: [
            "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/proc", "/sys", "/dev",
            "/run", "/var/lib", "/var/cache", "/nix/store", "/gnu/store",
        ].map { PathBytes($0) },
        exceptions: ["/usr/local", "/dev/shm", "/usr/src"].map { PathBytes($0) })

    /// True if a canonical path is in a system folder.
    public func contains(_ path: PathBytes) -> Bool {
        folders.contains { path.isWithin($0) } && !exceptions.contains { path.isWithin($0) }
    }
}

/// The devices that every program may use.
public enum StandardDevices: Sendable {
    /// Devices that neither keep nor reveal anything.
    public static let harmless = [
        "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
    ].map { PathBytes($0) }
    /// Where POSIX shared memory and semaphores are, such as those of Python's `multiprocessing`.
    public static let sharedMemory = PathBytes("/dev/shm")
    /// The GPU devices of this machine.
    public static var graphicsPresent: [PathBytes] {
        let names = DirectoryNames.list(PathBytes("/dev")) ?? []
        let beginnings = ["nvidia", "dri", "kfd"].map { Array($0.utf8) }
        return names.filter { name in beginnings.contains { name.starts(with: $0) } }.map {
            PathBytes("/dev").appending($0)
        }
    }
}
