internal import CLinux
internal import Glibc
internal import Texts

/// Operations on the file system: thin wrappers of system calls with typed errors.
public enum FileSystem: Sendable {
    /// True if there is something at the path, even a dangling link.
    public static func exists(_ path: FilePath) -> Bool {
        (try? FileStatus(of: path, followsLinks: false)) != nil
    }

    /// True if this process may write the file at the path, or create files in the directory there.
    public static func isWritable(_ path: FilePath) -> Bool { path.withCString { access($0, W_OK) } == 0 }

    /// True if this process may read the file at the path.
    public static func isReadable(_ path: FilePath) -> Bool { path.withCString { access($0, R_OK) } == 0 }

    /// The working directory.
    public static func workingDirectory() -> FilePath {
        guard let buffer = getcwd(nil, 0) else { return "." }
        defer { free(buffer) }
        return FilePath(SystemText.text(of: bytes(of: buffer)))
    }

    /// Changes the working directory of the process to `path`.
    public static func changeDirectory(to path: FilePath) throws(FileError) {
        guard path.withCString({ chdir($0) }) == 0 else {
            throw FileError(code: errno, operation: "enter", path: path)
        }
    }

    /// Creates one directory, whose parent exists.
    public static func makeDirectory(_ path: FilePath) throws(FileError) {
        guard path.withCString({ mkdir($0, 0o777) }) == 0 else {
            throw FileError(code: errno, operation: "create the directory", path: path)
        }
    }

    /// Creates a directory with an unpredictable name, which only this user can access.
    public static func makeTemporaryDirectory(
        in parent: FilePath, prefix: String
    ) throws(FileError) -> FilePath {
        var template = parent.appending(prefix + "XXXXXX").cString
        guard mkdtemp(&template) != nil else {
            throw FileError(code: errno, operation: "create a temporary directory in", path: parent)
        }
        let bytes = template.dropLast().map { UInt8(bitPattern: $0) }
        return FilePath(SystemText.text(of: bytes))
    }

    /// Creates a directory and those above it that are missing.
    ///
    /// - Parameter synchronizes: true to wait until the new directories are on the disk.
    public static func makeDirectories(_ path: FilePath, synchronizes: Bool = false) throws(FileError) {
        if path.withCString({ mkdir($0, 0o777) }) != 0 {
            switch errno {
            case EEXIST:
                guard try FileStatus(of: path).kind == .directory else {
                    throw FileError(code: ENOTDIR, operation: "create the directory", path: path)
                }
                return
            case ENOENT where path.parent != path:
                try makeDirectories(path.parent, synchronizes: synchronizes)
                if path.withCString({ mkdir($0, 0o777) }) != 0 && errno != EEXIST {
                    throw FileError(code: errno, operation: "create the directory", path: path)
                }
            default: throw FileError(code: errno, operation: "create the directory", path: path)
            }
        }
        if synchronizes { try synchronizeDirectory(path.parent) }
    }

    /// Renames a file within a file system, replacing what is at `target`.
    public static func rename(_ path: FilePath, to target: FilePath) throws(FileError) {
        guard withCStrings(path, target, { Glibc.rename($0, $1) }) == 0 else {
            throw FileError(code: errno, operation: "rename to \(target)", path: path)
        }
    }

    /// Atomically exchanges two paths on the same file system.
    ///
    /// - Throws: a `FileError` with `isUnsupported` if the file system does not support this.
    public static func exchange(_ path: FilePath, _ other: FilePath) throws(FileError) {
        guard withCStrings(path, other, { sluice_exchange($0, $1) }) == 0 else {
            throw FileError(code: errno, operation: "exchange with \(other)", path: path)
        }
    }

    /// Creates a hard link.
    public static func link(_ path: FilePath, at target: FilePath) throws(FileError) {
        guard withCStrings(path, target, { Glibc.link($0, $1) }) == 0 else {
            throw FileError(code: errno, operation: "create the hard link \(target) to", path: path)
        }
    }

    /// Creates a symbolic link at `target` that points to `path`.
    public static func symbolicLink(to path: FilePath, at target: FilePath) throws(FileError) {
        guard withCStrings(path, target, { symlink($0, $1) }) == 0 else {
            throw FileError(code: errno, operation: "create the symbolic link", path: target)
        }
    }

    /// The text of a symbolic link, which is where it leads.
    public static func target(ofLink path: FilePath) throws(FileError) -> FilePath {
        // No link is longer, and readlink(2) writes as many bytes as it returns.
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = path.withCString { readlink($0, &buffer, buffer.count) }
        guard count >= 0 else { throw FileError(code: errno, operation: "read the link", path: path) }
        return FilePath(bytes: buffer[..<count].map { UInt8(bitPattern: $0) })
    }

    /// The absolute path without symbolic links, `.` and `..`.
    public static func canonical(_ path: FilePath) throws(FileError) -> FilePath {
        guard let resolved = path.withCString({ realpath($0, nil) }) else {
            throw FileError(code: errno, operation: "resolve", path: path)
        }
        defer { free(resolved) }
        return FilePath(SystemText.text(of: bytes(of: resolved)))
    }

    /// Sets the permission bits of a path.
    public static func setMode(_ mode: UInt32, of path: FilePath) throws(FileError) {
        guard path.withCString({ chmod($0, mode_t(mode)) }) == 0 else {
            throw FileError(code: errno, operation: "set the permissions of", path: path)
        }
    }

    /// Gives a path, itself if it is a symbolic link, to a group.
    public static func setGroup(_ group: UInt32, of path: FilePath) throws(FileError) {
        guard path.withCString({ lchown($0, uid_t.max, gid_t(group)) }) == 0 else {
            throw FileError(code: errno, operation: "set the group of", path: path)
        }
    }

    /// The number of the group with this name; nil if there is none.
    public static func group(named name: String) -> UInt32? {
        guard !name.utf8.contains(0), let entry = getgrnam(name) else { return nil }
        // The entry stays until the next call, and the number is copied now.
        return UInt32(entry.pointee.gr_gid)
    }

    /// Sets a file's modification time, in seconds since 1970.
    public static func setModified(_ seconds: Int64, of path: FilePath) throws(FileError) {
        let time = timespec(tv_sec: Int(seconds), tv_nsec: 0)
        guard path.withCString({ utimensat(AT_FDCWD, $0, [time, time], AT_SYMLINK_NOFOLLOW) }) == 0 else {
            throw FileError(code: errno, operation: "set the time of", path: path)
        }
    }

    /// Sets a file's modification time to now, to the nanosecond. The system itself uses a coarser clock for writes, so every later
    /// write gives the file another time, even one that follows at once.
    ///
    /// - Returns: the file's status; nil if its file system does not store times that precisely, or the file cannot be changed.
    package static func stampModified(_ path: FilePath) -> FileStatus? {
        var now = timespec()
        var coarse = timespec()
        guard clock_gettime(CLOCK_REALTIME, &now) == 0, clock_gettime(CLOCK_REALTIME_COARSE, &coarse) == 0,
            now.tv_nsec != coarse.tv_nsec,
            path.withCString({ utimensat(AT_FDCWD, $0, [now, now], AT_SYMLINK_NOFOLLOW) }) == 0,
            let status = FileStatus(at: path, followsLinks: false), status.kind == .file,
            status.modified == FileStatus.nanoseconds(now)
        else { return nil }
        return status
    }

    /// Waits until a directory's entries are on the disk, so that files created or renamed in it survive a crash.
    public static func synchronizeDirectory(_ path: FilePath) throws(FileError) {
        try synchronize(path, O_RDONLY | O_DIRECTORY) { fsync($0) }
    }

    /// Waits until everything written to the file system of a path is on the disk.
    public static func synchronizeFileSystem(of path: FilePath) throws(FileError) {
        try synchronize(path, O_RDONLY) { Int32(sluice_synchronize_file_system($0)) }
    }

    private static func synchronize(
        _ path: FilePath, _ flags: Int32, _ body: (Int32) -> Int32
    ) throws(FileError) {
        let descriptor = retrying { path.withCString { open($0, flags | O_CLOEXEC) } }
        guard descriptor >= 0 else { throw FileError(code: errno, operation: "open", path: path) }
        defer { _ = close(descriptor) }
        // Some network file systems do not support this for directories.
        guard retrying({ body(descriptor) }) == 0 || errno == EINVAL || errno == ENOSYS else {
            throw FileError(code: errno, operation: "synchronise", path: path)
        }
    }

    /// Removes a file or link.
    public static func removeFile(_ path: FilePath) throws(FileError) {
        guard path.withCString({ unlink($0) }) == 0 else {
            throw FileError(code: errno, operation: "remove", path: path)
        }
    }

    /// Removes an empty directory.
    public static func removeDirectory(_ path: FilePath) throws(FileError) {
        guard path.withCString({ rmdir($0) }) == 0 else {
            throw FileError(code: errno, operation: "remove", path: path)
        }
    }

    /// Removes a file, or a directory with everything in it, including read-only folders and names that are not UTF-8. Does nothing
    /// if nothing is there.
    public static func removeTree(_ path: FilePath) throws(FileError) {
        guard let code = removeTree(path.cString) else { return }
        throw FileError(code: code, operation: "remove", path: path)
    }

    /// The system's error; nil if there was none.
    private static func removeTree(_ path: [CChar]) -> Int32? {
        if unlink(path) == 0 || errno == ENOENT { return nil }
        guard errno == EISDIR || errno == EPERM || errno == EACCES else { return errno }
        if rmdir(path) == 0 { return nil }
        _ = chmod(path, 0o700)
        var names: [[CChar]] = []
        if let code = forEachName(in: path, { names.append($0) }) { return code }
        for name in names {
            if let code = removeTree(path.dropLast() + [CChar(0x2F)] + name) { return code }
        }
        return rmdir(path) == 0 || errno == ENOENT ? nil : errno
    }

    /// The names in a directory, sorted by their bytes, without `.` and `..`.
    ///
    /// Names that are not UTF-8 are in the form of `FilePath`.
    public static func names(in path: FilePath) throws(FileError) -> [String] {
        var names: [String] = []
        let code = forEachName(in: path.cString) { name in
            names.append(SystemText.text(of: name.dropLast().map { UInt8(bitPattern: $0) }))
        }
        if let code { throw FileError(code: code, operation: "list", path: path) }
        return names.count < 2 ? names : names.sorted(by: SystemText.order(of: names))
    }

    /// Passes the names in a directory to `body`, each with its NUL, without `.` and `..`.
    ///
    /// - Returns: the system's error; nil if there was none.
    private static func forEachName(in path: [CChar], _ body: ([CChar]) -> Void) -> Int32? {
        guard let directory = opendir(path) else { return errno }
        defer { closedir(directory) }
        while true {
            errno = 0
            // readdir returns NULL both at the end and after an error; only errno distinguishes them.
            guard let entry = readdir(directory) else { return errno == 0 ? nil : errno }
            // d_name is NUL-terminated within the entry, which lives until the next readdir.
            let name: [CChar]? = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { start in
                    let count = strlen(start)
                    let isDots = start[0] == 0x2E && (count == 1 || count == 2 && start[1] == 0x2E)
                    return isDots ? nil : Array(UnsafeBufferPointer(start: start, count: count + 1))
                }
            }
            if let name { body(name) }
        }
    }

    /// The free bytes on the path's file system that are available to this user.
    public static func freeSpace(at path: FilePath) throws(FileError) -> Int {
        let status = try fileSystemStatus(at: path)
        let (size, isTooLarge) = status.f_bavail.multipliedReportingOverflow(by: UInt(status.f_frsize))
        return isTooLarge ? Int.max : Int(clamping: size)
    }

    /// True if the path's file system has no room for another byte, or another file.
    public static func isFull(at path: FilePath) throws(FileError) -> Bool {
        let status = try fileSystemStatus(at: path)
        // Some file systems do not count files.
        return status.f_bavail == 0 || status.f_files > 0 && status.f_favail == 0
    }

    private static func fileSystemStatus(at path: FilePath) throws(FileError) -> statvfs {
        var status = statvfs()
        guard path.withCString({ statvfs($0, &status) }) == 0 else {
            throw FileError(code: errno, operation: "get the free space at", path: path)
        }
        return status
    }
}

/// Calls `body` with two paths in the system's form.
private func withCStrings<Result>(
    _ first: FilePath, _ second: FilePath,
    _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Result
) -> Result {
    first.withCString { first in second.withCString { body(first, $0) } }
}

/// The bytes of a C string, without its zero.
private func bytes(of string: UnsafePointer<CChar>) -> [UInt8] {
    // A C string has this many bytes before its zero.
    UnsafeBufferPointer(start: string, count: strlen(string)).map { UInt8(bitPattern: $0) }
}
