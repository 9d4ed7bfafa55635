internal import CSQLite
internal import Glibc

/// An error from SQLite, with its code and the statement.
public struct DatabaseError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The extended result code.
    public let code: Int32
    /// SQLite's message.
    public let message: String
    /// The statement, if there was one.
    public var sql: String?
    /// The system's error number, if that was the cause; otherwise 0.
    var systemCode: Int32 = 0

    private var primary: Int32 { code & 0xFF }

    /// True if the file is not a database, or its pages contradict each other.
    public var isDamaged: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }
    /// True if the content cannot be right: a value that is too long, a sum out of range, a missing table.
    public var isUnexpectedContent: Bool {
        if primary == SQLITE_TOOBIG || primary == SQLITE_MISMATCH { return true }
        let sentences = ["integer overflow", "no such table", "no such column"]
        return primary == SQLITE_ERROR && sentences.contains { message.hasPrefix($0) }
    }
    /// True if no space is left.
    public var isFull: Bool {
        primary == SQLITE_FULL || isInputOutput && (systemCode == ENOSPC || systemCode == EDQUOT)
    }
    /// True if writing is not allowed.
    public var isReadOnly: Bool { primary == SQLITE_READONLY || primary == SQLITE_PERM }
    /// True if the database file has been replaced or removed.
    public var isMoved: Bool { code == SQLITE_READONLY | 4 << 8 }
    /// True if another process held a lock for too long.
    public var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }
    /// True if the file cannot be opened.
    public var isUnopenable: Bool { primary == SQLITE_CANTOPEN }
    /// True if reading or writing the file failed.
    public var isInputOutput: Bool { primary == SQLITE_IOERR }

    /// SQLite's message and the statement.
    public var description: String { sql.map { "\(message) (in: \($0))" } ?? message }
}

extension DatabaseError {
    /// SQLite's message for a result code: "disk I/O error".
    ///
    /// - Parameter code: a result code, primary or extended.
    public init(code: Int32) {
        self.init(code: code, message: String(cString: sqlite3_errstr(code)))
    }

    /// The last error of a connection, with the system's error if that was the cause.
    ///
    /// - Parameter lastCode: `errno` after the call, if it was 0 before.
    init(of handle: OpaquePointer, sql: String? = nil, lastCode: Int32 = 0) {
        var code = sqlite3_extended_errcode(handle)
        var message = String(cString: sqlite3_errmsg(handle))
        if code & 0xFF == SQLITE_CORRUPT, lastCode == EIO {
            // SQLite reports unreadable pages as damaged ones.
            code = SQLITE_IOERR
            message = "disk I/O error"
        }
        let isOfTheSystem = [SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_FULL].contains(code & 0xFF)
        let known = isOfTheSystem ? sqlite3_system_errno(handle) : 0
        // SQLite does not keep the system's error for a commit. Missing files and waiting for locks are not causes.
        let isCause = code & 0xFF == SQLITE_IOERR && ![ENOENT, EAGAIN, EINTR].contains(lastCode)
        let systemCode = known == 0 && isCause ? lastCode : known
        self.init(
            code: code,
            message: systemCode == 0 ? message : "\(message): \(String(cString: strerror(systemCode)))",
            sql: sql, systemCode: systemCode)
    }
}
