internal import Glibc

/// A file operation that the system refused.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system's error number, such as `ENOSPC`.
    public let code: Int32
    /// What was tried, as a verb phrase: "open", "rename".
    public let operation: String
    /// The path it was tried on.
    public let path: FilePath

    /// An error of its parts.
    public init(code: Int32, operation: String, path: FilePath) {
        self.code = code
        self.operation = operation
        self.path = path
    }

    /// "cannot open data/train.csv: No such file or directory".
    public var description: String {
        "cannot \(operation) \(path): \(String(cString: strerror(code)))"
    }

    /// True where the path does not exist.
    public var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    /// True where no space is left, or a quota is reached.
    public var isFull: Bool { code == ENOSPC || code == EDQUOT }
    /// True where the file system cannot do such a thing.
    public var isUnsupported: Bool { code == EOPNOTSUPP || code == ENOSYS || code == EINVAL }
    /// True where writing is not allowed.
    public var isDenied: Bool { code == EACCES || code == EPERM || code == EROFS }
    /// True where two paths are on different file systems.
    public var isCrossDevice: Bool { code == EXDEV || code == EMLINK }
}
