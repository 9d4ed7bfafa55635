internal import SQLite

/// Operations on a database's file as a whole.
extension Connection {
    /// What SQLite reports about the file's structure; empty if it is sound.
    func structuralDamage() throws -> [String] {
        try rows("PRAGMA integrity_check") { $0.text("integrity_check") ?? "" }.filter { $0 != "ok" }
    }

    /// Descriptions of rows with dangling references.
    func danglingRows() throws -> [String] {
        try rows("PRAGMA foreign_key_check") { row in
            "a row of the table \(row.text("table") ?? "?") has a dangling reference to the table "
                + (row.text("parent") ?? "?")
        }
    }

    /// The unused bytes in the file.
    func freeBytes() throws -> Int {
        let page = try first("PRAGMA page_size") { $0.integer("page_size") } ?? 0
        return try freePages() * page
    }

    /// Truncates some free pages at the end of the file; false if there are none, or none can be removed.
    func shrink() throws -> Bool {
        let free = try freePages()
        guard free > 0 else { return false }
        // One step of the statement frees one page.
        try forEachRow("PRAGMA incremental_vacuum(4096)") { _ in }
        return try freePages() != free
    }

    /// Checkpoints the log into the file, unless someone still reads an older state.
    func foldLog() throws { try forEachRow("PRAGMA wal_checkpoint(TRUNCATE)") { _ in } }

    private func freePages() throws -> Int {
        try first("PRAGMA freelist_count") { $0.integer("freelist_count") } ?? 0
    }
}
