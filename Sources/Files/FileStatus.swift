internal import Glibc

/// What stat(2) says about a path.
public struct FileStatus: Sendable, Hashable {
    /// What is at a path.
    public enum Kind: Sendable, Hashable { case file, directory, symbolicLink, other }

    /// What is there.
    public let kind: Kind
    /// The size of the content in bytes.
    public let size: Int
    /// The bytes of content that are on the disk; holes do not count, and neither does space allocated beyond the end.
    public let storedSize: Int
    /// When the content last changed, in nanoseconds since 1970.
    public let modified: Int64
    /// When the content or attributes last changed, in nanoseconds since 1970.
    public let changed: Int64
    /// The inode number.
    public let inode: UInt64
    /// The device.
    public let device: UInt64
    /// True if the owner may execute it.
    public let isExecutable: Bool
    /// True if the owner may write it.
    public let isWritable: Bool
    /// True for a directory whose files get its group.
    public let givesItsGroup: Bool
    /// The permission bits, with those for set-user-ID, set-group-ID and the sticky bit.
    public let permissions: UInt32
    /// The owner's number.
    public let owner: UInt32
    /// The group's number.
    public let group: UInt32
    /// The number of hard links.
    public let linkCount: Int

    /// The status of a path; of a symbolic link itself unless `followsLinks`.
    public init(of path: FilePath, followsLinks: Bool = true) throws(FileError) {
        var status = stat()
        let result = path.withCString { followsLinks ? stat($0, &status) : lstat($0, &status) }
        guard result == 0 else { throw FileError(code: errno, operation: "get the status of", path: path) }
        self.init(status)
    }

    /// The status of a path of any bytes, ended by a zero; nil if there is nothing, or it cannot be seen.
    public init?(at path: UnsafePointer<CChar>, followsLinks: Bool) {
        var status = stat()
        // Both read up to the zero.
        guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        self.init(status)
    }

    /// The status of a path; nil if there is nothing, or it cannot be seen. Cheaper than catching an error.
    public init?(at path: FilePath, followsLinks: Bool) {
        var status = stat()
        guard path.withCString({ followsLinks ? stat($0, &status) : lstat($0, &status) }) == 0 else {
            return nil
        }
        self.init(status)
    }

    /// The status of an open file, or of a place that is open without the right to read it; nil for an invalid
    /// descriptor.
    public init?(ofDescriptor descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The status of what is at a path; nil if nothing is there, or a dangling link that is followed. Any other reason why it
    /// cannot be seen is an error.
    public static func ifPresent(at path: FilePath, followsLinks: Bool = true) throws(FileError)
        -> FileStatus?
    {
        do {
            return try FileStatus(of: path, followsLinks: followsLinks)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        default: kind = .other
        }
        size = Int(status.st_size)
        // Blocks are 512 bytes here, whatever the file system's block size.
        storedSize = min(Int(status.st_size), max(0, Int(status.st_blocks) &* 512))
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
        isExecutable = status.st_mode & S_IXUSR != 0
        isWritable = status.st_mode & S_IWUSR != 0
        givesItsGroup = status.st_mode & S_ISGID != 0
        permissions = UInt32(status.st_mode) & 0o7777
        owner = UInt32(status.st_uid)
        group = UInt32(status.st_gid)
        linkCount = Int(status.st_nlink)
    }

    /// True if this process's user owns it.
    public var isOwn: Bool { owner == UInt32(geteuid()) }

    /// Nanoseconds since 1970, or the nearest number that fits: a file's date can be beyond the year 2262.
    static func nanoseconds(_ time: timespec) -> Int64 {
        let (whole, isFar) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isTooFar) = whole.addingReportingOverflow(Int64(time.tv_nsec))
        return isFar || isTooFar ? (time.tv_sec < 0 ? .min : .max) : sum
    }
}
