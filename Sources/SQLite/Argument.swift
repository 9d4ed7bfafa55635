internal import CSQLite

/// A value for a `?` in a statement.
public enum Argument: Sendable, Hashable {
    case null
    case integer(Int)
    case real(Double)
    case text(String)
    case blob([UInt8])

    /// Text, or null.
    public static func text(orNull text: String?) -> Argument { text.map { .text($0) } ?? .null }
    /// A blob, or null.
    public static func blob(orNull bytes: [UInt8]?) -> Argument { bytes.map { .blob($0) } ?? .null }
    /// An integer, or null.
    public static func integer(orNull number: Int?) -> Argument { number.map { .integer($0) } ?? .null }

    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        switch self {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let number): return sqlite3_bind_int64(statement, index, Int64(number))
        case .real(let number): return sqlite3_bind_double(statement, index, number)
        case .text(var text):
            return text.withUTF8 { buffer in
                // SQLITE_TRANSIENT: SQLite copies the bytes before the call returns.
                buffer.withMemoryRebound(to: CChar.self) { characters in
                    sqlite3_bind_text64(
                        statement, index, characters.baseAddress ?? emptyText, UInt64(characters.count),
                        sluice_sqlite_transient(), UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
            return bytes.withUnsafeBytes { buffer in
                // SQLITE_TRANSIENT: SQLite copies the bytes before the call returns.
                sqlite3_bind_blob64(
                    statement, index, buffer.baseAddress, UInt64(buffer.count), sluice_sqlite_transient())
            }
        }
    }
}

// A static NUL, for the bytes pointer of an empty string.
private nonisolated(unsafe) let emptyText: UnsafePointer<CChar> = {
    let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    pointer.initialize(to: 0)
    return UnsafePointer(pointer)
}()
