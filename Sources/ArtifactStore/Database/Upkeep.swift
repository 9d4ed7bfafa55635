internal import SQLite

/// What is done to a database's file as a whole.
extension Connection {
    /// What SQLite says of the file's structure; empty if it is sound.
    func structuralDamage() throws -> [String] {
        try rows("PRAGMA integrity_check") { $0.text("integrity_check") ?? "" }.filter { $0 != "ok" }
    }

    /// Rows that refer to nothing, in words.
    func danglingRows() throws -> [String] {
        try rows("PRAGMA foreign_key_check") { row in
            "a row of the table \(row.text("table") ?? "?") refers to nothing in the table "
                + (row.text("parent") ?? "?")
        }
    }

    /// The bytes in the file that nothing uses.
    func freeBytes() throws -> Int {
        let page = try first("PRAGMA page_size") { $0.integer("page_size") } ?? 0
        return try freePages() * page
    }

    /// Gives some free pages at the file's end back to the disk; false if there are none, or none can go.
    func shrink() throws -> Bool {
        let free = try freePages()
        guard free > 0 else { return false }
        // One step of the statement frees one page.
        try forEachRow("PRAGMA incremental_vacuum(4096)") { _ in }
        return try freePages() != free
    }

    /// Folds the log into the file, if nobody reads an older state.
    func foldLog() throws { try forEachRow("PRAGMA wal_checkpoint(TRUNCATE)") { _ in } }

    private func freePages() throws -> Int {
        try first("PRAGMA freelist_count") { $0.integer("freelist_count") } ?? 0
    }
}
