internal import CSQLite

/// The current row of a statement; valid only inside the closure that gets it.
public struct Row: ~Copyable {
    // Borrowed: the connection keeps the statement while the row is visible.
    private let statement: OpaquePointer
    private let columns: [String]

    init(_ statement: Statement) {
        self.statement = statement.handle
        columns = statement.columns
    }

    /// The number of the column of a name; the statement must have one.
    public func column(_ name: String) -> Int {
        // A handful of short names: comparing them takes less time than hashing one.
        for index in columns.indices where columns[index] == name { return index }
        preconditionFailure("the statement has no column '\(name)'")
    }

    /// True where the column is null.
    public func isNull(_ name: String) -> Bool { isNull(column(name)) }

    /// The column as an integer; 0 where null.
    public func integer(_ name: String) -> Int { integer(column(name)) }

    /// The column as a number; 0 where null.
    public func real(_ name: String) -> Double { real(column(name)) }

    /// The column as text, or nil where null.
    public func text(_ name: String) -> String? { text(column(name)) }

    /// The column's bytes; empty where null.
    public func blob(_ name: String) -> [UInt8] { blob(column(name)) }

    /// Gives `body` the column's bytes without a copy.
    public func withBlob<Result>(_ name: String, _ body: (RawSpan) throws -> Result) rethrows -> Result {
        try withBlob(column(name), body)
    }

    /// True where the column is null.
    public func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
    }

    /// The column as an integer; 0 where null.
    public func integer(_ column: Int) -> Int { Int(sqlite3_column_int64(statement, Int32(column))) }

    /// The column as a number; 0 where null.
    public func real(_ column: Int) -> Double { sqlite3_column_double(statement, Int32(column)) }

    /// The column as text, or nil where null.
    public func text(_ column: Int) -> String? {
        guard let pointer = sqlite3_column_text(statement, Int32(column)) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        // SQLite keeps the text until the next step; it is copied here.
        return String(decoding: UnsafeBufferPointer(start: pointer, count: count), as: UTF8.self)
    }

    /// The column's bytes; empty where null.
    public func blob(_ column: Int) -> [UInt8] {
        guard let pointer = sqlite3_column_blob(statement, Int32(column)) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        // SQLite keeps the blob until the next step; it is copied here.
        return Array(UnsafeRawBufferPointer(start: pointer, count: count))
    }

    /// Gives `body` the column's bytes without a copy.
    public func withBlob<Result>(_ column: Int, _ body: (RawSpan) throws -> Result) rethrows -> Result {
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        // SQLite keeps the blob until the next step, and `body` returns before that.
        let buffer = UnsafeRawBufferPointer(
            start: sqlite3_column_blob(statement, Int32(column)), count: count)
        return try body(buffer.bytes)
    }
}

@available(*, unavailable)
extension Row: Sendable {}
