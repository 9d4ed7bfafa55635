internal import CSQLite

/// An error from SQLite, with its code and the statement.
public struct DatabaseError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The extended result code.
    public let code: Int32
    /// SQLite's message.
    public let message: String
    /// The statement, if there was one.
    public var sql: String?

    private var primary: Int32 { code & 0xFF }

    /// True if the file is not a database, or its pages contradict each other.
    public var isDamaged: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }
    /// True if what was read cannot be what was written: a value that is too long, a sum out of range, a missing table.
    public var isUnexpectedContent: Bool {
        if primary == SQLITE_TOOBIG || primary == SQLITE_MISMATCH { return true }
        let sentences = ["integer overflow", "no such table", "no such column"]
        return primary == SQLITE_ERROR && sentences.contains { message.hasPrefix($0) }
    }
    /// True if no space is left.
    public var isFull: Bool { primary == SQLITE_FULL }
    /// True if writing is not allowed.
    public var isReadOnly: Bool { primary == SQLITE_READONLY || primary == SQLITE_PERM }
    /// True if another process held a lock for too long.
    public var isBusy: Bool { primary == SQLITE_BUSY || primary == SQLITE_LOCKED }
    /// True if the file cannot be opened.
    public var isUnopenable: Bool { primary == SQLITE_CANTOPEN }
    /// True if reading or writing the file failed.
    public var isInputOutput: Bool { primary == SQLITE_IOERR }

    /// SQLite's message and the statement.
    public var description: String { sql.map { "\(message) (in: \($0))" } ?? message }
}
