internal import CConfinement

/// A system call that is reported to the observer: what it means, and where its arguments are.
struct ReportedCall: Sendable, Hashable {
    enum Meaning: Sendable, Hashable {
        /// Opens a file with the flags in an argument.
        case open(flags: Int)
        /// Opens a file with the flags at the address of an argument.
        case openAsDescribed(by: Int)
        /// Creates a file, or empties it, for writing.
        case create
        /// Asks what is at a path, and follows a link there unless an argument has `AT_SYMLINK_NOFOLLOW`.
        case look(flags: Int?)
        /// Asks what is at a path itself, without following a link.
        case lookAtLink
        /// Runs a program.
        case execute
        /// Creates something that must not exist yet.
        case make
        /// Removes a name.
        case remove
        /// Gives the file at the first path another name.
        case link
        /// Renames a file.
        case move
        /// Changes the length of a file.
        case truncate
        /// Changes the permissions, the owner or the times of a file.
        case change(Attribute, Target)
        /// Connects a socket to the address of an argument.
        case connect(address: Int, size: Int)
        /// Creates a socket that is not local.
        case socket
    }

    /// Which attribute is changed, and the argument with the new value.
    enum Attribute: Sendable, Hashable {
        case mode(Int)
        case owner(user: Int, group: Int)
        /// Two `struct timespec`, with special numbers of nanoseconds.
        case times(Int)
        /// Two `struct timeval`.
        case microseconds(Int)
        /// Two `time_t`.
        case seconds(Int)
    }

    /// Which file is changed.
    enum Target: Sendable, Hashable {
        /// The descriptor of argument 0.
        case descriptor
        /// The path; a link there is followed unless an argument has `AT_SYMLINK_NOFOLLOW`.
        case path(flags: Int?)
        /// The path itself, even if it is a link.
        case link
    }

    /// A path, and the directory that it is relative to.
    struct Place: Sendable, Hashable {
        /// The argument with the directory's descriptor; nil for the working directory.
        let directory: Int?
        /// The argument with the path's address.
        let path: Int

        /// A path on its own.
        static func path(_ argument: Int) -> Place { Place(directory: nil, path: argument) }
        /// A path relative to a directory.
        static func at(_ directory: Int) -> Place { Place(directory: directory, path: directory + 1) }
    }

    let call: Int32
    let meaning: Meaning
    let place: Place?
    /// The second path of a call that has two.
    let other: Place?

    private init(_ call: sluice_system_call, _ meaning: Meaning, _ place: Place?, _ other: Place? = nil) {
        // A call that the architecture lacks has the number -1.
        self.call = Int32(truncatingIfNeeded: Int(call.rawValue))
        self.meaning = meaning
        self.place = place
        self.other = other
    }

    /// Calls through which a process learns about a file.
    static let reads: [ReportedCall] = [
        ReportedCall(sluice_call_openat, .open(flags: 2), .at(0)),
        ReportedCall(sluice_call_newfstatat, .look(flags: 3), .at(0)),
        ReportedCall(sluice_call_statx, .look(flags: 2), .at(0)),
        ReportedCall(sluice_call_stat, .look(flags: nil), .path(0)),
        ReportedCall(sluice_call_lstat, .lookAtLink, .path(0)),
        ReportedCall(sluice_call_access, .look(flags: nil), .path(0)),
        ReportedCall(sluice_call_readlink, .lookAtLink, .path(0)),
        ReportedCall(sluice_call_execve, .execute, .path(0)),
        ReportedCall(sluice_call_open, .open(flags: 1), .path(0)),
        ReportedCall(sluice_call_openat2, .openAsDescribed(by: 2), .at(0)),
        ReportedCall(sluice_call_creat, .create, .path(0)),
        ReportedCall(sluice_call_faccessat, .look(flags: nil), .at(0)),
        ReportedCall(sluice_call_faccessat2, .look(flags: 3), .at(0)),
        ReportedCall(sluice_call_readlinkat, .lookAtLink, .at(0)),
        ReportedCall(sluice_call_execveat, .execute, .at(0)),
        ReportedCall(sluice_call_chdir, .look(flags: nil), .path(0)),
        ReportedCall(sluice_call_getxattr, .look(flags: nil), .path(0)),
        ReportedCall(sluice_call_lgetxattr, .lookAtLink, .path(0)),
        ReportedCall(sluice_call_listxattr, .look(flags: nil), .path(0)),
        ReportedCall(sluice_call_llistxattr, .lookAtLink, .path(0)),
        ReportedCall(sluice_call_getxattrat, .look(flags: nil), .at(0)),
        ReportedCall(sluice_call_listxattrat, .look(flags: nil), .at(0)),
        ReportedCall(sluice_call_file_getattr, .look(flags: nil), .at(0)),
    ]

    /// Calls that change names; Landlock refuses those outside the writable folders, and the observer reports them.
    static let writes: [ReportedCall] = [
        ReportedCall(sluice_call_mkdir, .make, .path(0)),
        ReportedCall(sluice_call_mkdirat, .make, .at(0)),
        ReportedCall(sluice_call_mknod, .make, .path(0)),
        ReportedCall(sluice_call_mknodat, .make, .at(0)),
        ReportedCall(sluice_call_symlink, .make, .path(1)),
        ReportedCall(sluice_call_symlinkat, .make, .at(1)),
        ReportedCall(sluice_call_rmdir, .remove, .path(0)),
        ReportedCall(sluice_call_unlink, .remove, .path(0)),
        ReportedCall(sluice_call_unlinkat, .remove, .at(0)),
        ReportedCall(sluice_call_link, .link, .path(0), .path(1)),
        ReportedCall(sluice_call_linkat, .link, .at(0), .at(2)),
        ReportedCall(sluice_call_rename, .move, .path(0), .path(1)),
        ReportedCall(sluice_call_renameat, .move, .at(0), .at(2)),
        ReportedCall(sluice_call_renameat2, .move, .at(0), .at(2)),
        ReportedCall(sluice_call_truncate, .truncate, .path(0)),
    ]

    /// Calls that change what Landlock does not control; the observer executes them itself if they are allowed.
    static let changes: [ReportedCall] = [
        ReportedCall(sluice_call_chmod, .change(.mode(1), .path(flags: nil)), .path(0)),
        ReportedCall(sluice_call_fchmod, .change(.mode(1), .descriptor), nil),
        ReportedCall(sluice_call_fchmodat, .change(.mode(2), .path(flags: nil)), .at(0)),
        ReportedCall(sluice_call_fchmodat2, .change(.mode(2), .path(flags: 3)), .at(0)),
        ReportedCall(sluice_call_chown, .change(.owner(user: 1, group: 2), .path(flags: nil)), .path(0)),
        ReportedCall(sluice_call_lchown, .change(.owner(user: 1, group: 2), .link), .path(0)),
        ReportedCall(sluice_call_fchown, .change(.owner(user: 1, group: 2), .descriptor), nil),
        ReportedCall(sluice_call_fchownat, .change(.owner(user: 2, group: 3), .path(flags: 4)), .at(0)),
        ReportedCall(sluice_call_utimensat, .change(.times(2), .path(flags: 3)), .at(0)),
        ReportedCall(sluice_call_futimesat, .change(.microseconds(2), .path(flags: nil)), .at(0)),
        ReportedCall(sluice_call_utimes, .change(.microseconds(1), .path(flags: nil)), .path(0)),
        ReportedCall(sluice_call_utime, .change(.seconds(1), .path(flags: nil)), .path(0)),
    ]

    /// Calls that reach outside the machine, or other programs on it.
    static let connections: [ReportedCall] = [
        ReportedCall(sluice_call_connect, .connect(address: 1, size: 2), nil),
        ReportedCall(sluice_call_socket, .socket, nil),
    ]

    /// All calls that are reported, by number.
    static let byNumber: [Int32: ReportedCall] = Dictionary(
        (reads + writes + changes + connections).filter { $0.call >= 0 }.map { ($0.call, $0) },
        uniquingKeysWith: { first, _ in first })
}
