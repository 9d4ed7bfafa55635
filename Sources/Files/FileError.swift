internal import Glibc

/// A file operation that the system refused.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system's error number, such as `ENOSPC`.
    public let code: Int32
    /// What was tried, as a verb phrase: "open", "rename".
    public let operation: String
    /// The path it was tried on.
    public let path: FilePath

    /// "cannot open data/train.csv: No such file or directory".
    public var description: String { "cannot \(operation) \(path): \(reason)" }

    /// The system's words for the error: "No such file or directory".
    public var reason: String { String(cString: strerror(code)) }

    /// True if the path does not exist.
    public var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    /// True if a file is where a directory is needed.
    public var isNotDirectory: Bool { code == ENOTDIR || code == EEXIST }
    /// True if no space is left, or a quota is reached.
    public var isFull: Bool { code == ENOSPC || code == EDQUOT }
    /// True if the file system does not support the operation.
    public var isUnsupported: Bool { code == EOPNOTSUPP || code == ENOSYS || code == EINVAL }
    /// True if writing is not allowed.
    public var isDenied: Bool { code == EACCES || code == EPERM || code == EROFS }
    /// True if two paths are on different file systems.
    public var isCrossDevice: Bool { code == EXDEV || code == EMLINK }
}
