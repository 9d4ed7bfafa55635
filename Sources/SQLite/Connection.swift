internal import CSQLite
internal import Glibc
internal import Texts

/// A connection to a database file, with its prepared statements.
///
/// It is not `Sendable`: protect it with a `Mutex` to share it.
public final class Connection {
    /// How a database is opened.
    public enum Mode: Sendable {
        /// For reading and writing; created if missing.
        case readWrite
        /// For reading an existing database.
        case readOnly
        /// For reading an existing database that is not being written: without locks or additional files.
        case immutable
    }

    /// The maximum size of a text, blob or row in bytes: a file that claims larger ones is rejected.
    static let largestValue = 64 << 20

    // Owned: closed in deinit, after the statements.
    private let handle: OpaquePointer
    private let busyTimeout: Int
    private var statements: [StatementText: Statement] = [:]

    /// Opens a database.
    ///
    /// - Parameter busyTimeout: how many milliseconds a call waits for another process's lock.
    public init(path: String, mode: Mode = .readWrite, busyTimeout: Int = 30_000) throws(DatabaseError) {
        var handle: OpaquePointer?
        let flags =
            switch mode {
            case .readWrite: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .readOnly: SQLITE_OPEN_READONLY
            case .immutable: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            }
        _ = Self.configuration
        let name = mode == .immutable ? Self.immutableName(of: path) : path
        let code = SystemText.withCString(name) {
            sqlite3_open_v2($0, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        }
        guard let handle, code == SQLITE_OK else {
            let error =
                handle.map { DatabaseError(of: $0) } ?? DatabaseError(code: code, message: "out of memory")
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
        self.busyTimeout = busyTimeout
        sqlite3_busy_timeout(handle, Int32(busyTimeout))
        // No triggers, views, or functions with side effects: the file may come from anywhere.
        sluice_sqlite_distrust(handle)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Int32(Self.largestValue))
    }

    /// Settings of the library; made once.
    private static let configuration: Void = sluice_sqlite_leave_out_statistics()

    /// The URI that tells SQLite to trust that the file does not change.
    private static func immutableName(of path: String) -> String {
        let escaped = path.replacing(each: "%", by: "%25").replacing(each: "?", by: "%3f").replacing(
            each: "#", by: "%23")
        return "file:\(escaped)?immutable=1"
    }

    deinit {
        for statement in statements.values { statement.finalize() }
        sqlite3_close_v2(handle)
    }

    /// Runs statements without results, separated by `;`.
    public func execute(script sql: String) throws(DatabaseError) {
        errno = 0
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, sql, errno) }
    }

    /// Runs one statement to completion.
    public func run(_ sql: String, _ arguments: Argument...) throws(DatabaseError) {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        while try statement.step() {}
    }

    /// Runs one statement to completion, with the last `?` bound to `blob` without a copy.
    public func run(_ sql: String, _ arguments: Argument..., blob: borrowing RawSpan) throws(DatabaseError) {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        errno = 0
        let code = blob.withUnsafeBytes { bytes -> Int32 in
            // SQLITE_STATIC: the bytes outlive the statement's run, and reset releases them.
            let count = UInt64(bytes.count)
            let index = Int32(arguments.count + 1)
            let code =
                bytes.isEmpty
                ? sqlite3_bind_zeroblob(statement.handle, index, 0)
                : sqlite3_bind_blob64(statement.handle, index, bytes.baseAddress, count, nil)
            guard code == SQLITE_OK else { return code }
            let result = sqlite3_step(statement.handle)
            return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result
        }
        guard code == SQLITE_OK else { throw error(code, sql, errno) }
    }

    /// Runs one statement and calls `body` with each row, which is valid only inside the call.
    public func forEachRow(
        _ sql: String, _ arguments: [Argument] = [], _ body: (borrowing Row) throws -> Void
    ) throws {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        while try statement.step() { try body(Row(statement)) }
    }

    /// The rows of a query, each converted to a value.
    public func rows<Element>(
        _ sql: String, _ arguments: Argument..., map transform: (borrowing Row) throws -> Element
    ) throws -> [Element] {
        var result: [Element] = []
        try forEachRow(sql, arguments) { result.append(try transform($0)) }
        return result
    }

    /// The first row of a query, converted to a value; nil if there is none.
    public func first<Element>(
        _ sql: String, _ arguments: Argument..., map transform: (borrowing Row) throws -> Element
    ) throws -> Element? {
        let statement = try prepared(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        return try statement.step() ? try transform(Row(statement)) : nil
    }

    /// Runs `body` in a transaction that takes the write lock at once; an error rolls it back.
    ///
    /// - Parameter isDurable: true to return only when this and all earlier transactions are on the disk, for a connection that
    ///   normally leaves that to the system (`PRAGMA synchronous = NORMAL` with a write-ahead log).
    public func transaction<Result>(isDurable: Bool = false, _ body: () throws -> Result) throws -> Result {
        if isDurable { try run("PRAGMA synchronous = FULL") }
        defer { if isDurable { try? run("PRAGMA synchronous = NORMAL") } }
        try run("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            if sqlite3_get_autocommit(handle) == 0 { try? run("ROLLBACK") }
            throw error
        }
    }

    /// Runs `body`, in which all queries see one state, and which takes the locks once instead of for each query. If a transaction
    /// is in progress, it is part of that.
    public func reading<Result>(_ body: () throws -> Result) throws -> Result {
        guard sqlite3_get_autocommit(handle) != 0 else { return try body() }
        try run("BEGIN")
        defer { try? run("COMMIT") }
        return try body()
    }

    /// Calls `body` with a different timeout, in milliseconds, for other processes' locks.
    public func waiting<Result>(_ milliseconds: Int, _ body: () throws -> Result) rethrows -> Result {
        sqlite3_busy_timeout(handle, Int32(milliseconds))
        defer { sqlite3_busy_timeout(handle, Int32(busyTimeout)) }
        return try body()
    }

    /// The number of rows that the last statement changed.
    public var changes: Int { Int(sqlite3_changes64(handle)) }

    /// The row id of the last insertion.
    public var lastInsertedRow: Int { Int(sqlite3_last_insert_rowid(handle)) }

    private func prepared(_ sql: String) throws(DatabaseError) -> Statement {
        let text = StatementText(sql: sql)
        let known = statements[text]
        if let known, !known.isInUse { return known }
        var pointer: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
        guard let pointer, code == SQLITE_OK else { throw error(code, sql) }
        let statement = Statement(handle: pointer, sql: sql, isCached: known == nil)
        if statement.isCached { statements[text] = statement }
        return statement
    }

    private func error(_ code: Int32, _ sql: String, _ lastCode: Int32 = 0) -> DatabaseError {
        DatabaseError(of: handle, sql: sql, lastCode: lastCode)
    }
}

/// A statement's text as a dictionary key. It is hashed by length alone: few texts have the same length, and hashing
/// the whole text takes as long as running a short statement.
private struct StatementText: Hashable {
    let sql: String

    func hash(into hasher: inout Hasher) { hasher.combine(sql.utf8.count) }
}

/// A prepared statement of a connection.
final class Statement {
    // Owned: finalized by the connection if cached, otherwise on reset.
    let handle: OpaquePointer
    let isCached: Bool
    private let sql: String
    private(set) var isInUse = false
    /// The names of the result columns.
    private(set) lazy var columns: [String] = (0..<sqlite3_column_count(handle)).map { index in
        sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
    }

    init(handle: OpaquePointer, sql: String, isCached: Bool) {
        self.handle = handle
        self.sql = sql
        self.isCached = isCached
    }

    func bind(_ arguments: [Argument]) throws(DatabaseError) {
        isInUse = true
        for (index, argument) in arguments.enumerated() {
            let code = argument.bind(to: handle, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw error(code) }
        }
    }

    func step() throws(DatabaseError) -> Bool {
        errno = 0
        let code = sqlite3_step(handle)
        let lastCode = errno
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw error(code, lastCode)
        }
    }

    func reset() {
        guard isCached else { return finalize() }
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
        isInUse = false
    }

    func finalize() { sqlite3_finalize(handle) }

    private func error(_ code: Int32, _ lastCode: Int32 = 0) -> DatabaseError {
        guard let database = sqlite3_db_handle(handle) else {
            return DatabaseError(code: code, message: "out of memory", sql: sql)
        }
        return DatabaseError(of: database, sql: sql, lastCode: lastCode)
    }
}

@available(*, unavailable)
extension Connection: Sendable {}
