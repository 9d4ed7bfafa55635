internal import Glibc

/// An error of a system call about a process, a pipe or a signal.
public struct ProcessError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system's error number.
    public let code: Int32
    /// What failed, as a verb phrase.
    public let operation: String

    package init(code: Int32, operation: String) {
        self.code = code
        self.operation = operation
    }

    /// "cannot start /bin/sh: No such file or directory".
    public var description: String { "cannot \(operation): \(String(cString: strerror(code)))" }
}
