internal import CSQLite

/// The current row of a statement; valid only inside the closure that gets it.
public struct Row: ~Copyable {
    // Borrowed: the connection keeps the statement as long as the row is visible.
    private let statement: OpaquePointer
    private let columns: [String]

    init(_ statement: Statement) {
        self.statement = statement.handle
        columns = statement.columns
    }

    /// The number of the column with this name; the statement must have one.
    public func column(_ name: String) -> Int {
        // There are few columns with short names: comparing them is faster than hashing one.
        for index in columns.indices where columns[index] == name { return index }
        preconditionFailure("the statement has no column '\(name)'")
    }

    /// True if the column is null.
    public func isNull(_ name: String) -> Bool { isNull(column(name)) }

    /// The column as an integer; 0 if it is null.
    public func integer(_ name: String) -> Int { integer(column(name)) }

    /// The column as a floating-point number; 0 if it is null.
    public func real(_ name: String) -> Double { real(column(name)) }

    /// The column as text; nil if it is null.
    public func text(_ name: String) -> String? { text(column(name)) }

    /// The column's bytes; empty if it is null.
    public func blob(_ name: String) -> [UInt8] { blob(column(name)) }

    /// Calls `body` with the column's bytes, without a copy.
    public func withBlob<Result>(_ name: String, _ body: (RawSpan) throws -> Result) rethrows -> Result {
        try withBlob(column(name), body)
    }

    /// True if the column is null.
    public func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
    }

    /// The column as an integer; 0 if it is null.
    public func integer(_ column: Int) -> Int { Int(sqlite3_column_int64(statement, Int32(column))) }

    /// The column as a floating-point number; 0 if it is null.
    public func real(_ column: Int) -> Double { sqlite3_column_double(statement, Int32(column)) }

    /// The column as text; nil if it is null.
    public func text(_ column: Int) -> String? {
        guard let pointer = sqlite3_column_text(statement, Int32(column)) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        // SQLite keeps the text until the next step; it is copied here.
        return String(decoding: UnsafeBufferPointer(start: pointer, count: count), as: UTF8.self)
    }

    /// The column's bytes; empty if it is null.
    public func blob(_ column: Int) -> [UInt8] {
        guard let pointer = sqlite3_column_blob(statement, Int32(column)) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        // SQLite keeps the blob until the next step; it is copied here.
        return Array(UnsafeRawBufferPointer(start: pointer, count: count))
    }

    /// Calls `body` with the column's bytes, without a copy.
    public func withBlob<Result>(_ column: Int, _ body: (RawSpan) throws -> Result) rethrows -> Result {
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        // SQLite keeps the blob until the next step, and `body` returns before that.
        let buffer = UnsafeRawBufferPointer(
            start: sqlite3_column_blob(statement, Int32(column)), count: count)
        return try body(buffer.bytes)
    }

    /// Appends all columns, with their types and lengths, so that different rows append different bytes.
    public func appendColumns(to bytes: inout [UInt8]) {
        func append(_ type: UInt8, _ word: UInt64) {
            bytes.append(type)
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        for column in 0..<sqlite3_column_count(statement) {
            let type = sqlite3_column_type(statement, column)
            switch type {
            case SQLITE_INTEGER:
                append(UInt8(type), UInt64(bitPattern: sqlite3_column_int64(statement, column)))
            case SQLITE_FLOAT: append(UInt8(type), sqlite3_column_double(statement, column).bitPattern)
            case SQLITE_NULL: bytes.append(UInt8(type))
            default:
                // A text's bytes are those of a blob; SQLite keeps them until the next step.
                let start = sqlite3_column_blob(statement, column)
                let count = Int(sqlite3_column_bytes(statement, column))
                append(UInt8(truncatingIfNeeded: type), UInt64(count))
                bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
            }
        }
    }
}

@available(*, unavailable)
extension Row: Sendable {}
