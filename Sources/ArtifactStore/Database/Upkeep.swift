internal import SQLite

/// Operations on a database's file as a whole.
extension Connection {
    /// What SQLite reports about the file's structure; empty if it is sound.
    ///
    /// - Throws: if the disk cannot be read, so that nothing is known about the file.
    func structuralDamage() throws -> [String] {
        let found = try rows("PRAGMA integrity_check") { $0.text("integrity_check") ?? "" }.filter {
            $0 != "ok"
        }
        for text in found {
            guard let error = Self.readingError(text), !error.isDamaged else { continue }
            throw StoreError(.failed, "the store's file cannot be read: \(error) (\(text))")
        }
        return found
    }

    /// The code in "Page 24: unable to get the page. error code=266", possibly among other lines; nil if there is no such line.
    static func readingError(_ text: String) -> DatabaseError? {
        let mark = Array("error code=".utf8)
        let bytes = Array(text.utf8)
        for start in bytes.indices where bytes[start...].starts(with: mark) {
            let digits = bytes[(start + mark.count)...].prefix {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
            return Int32(String(decoding: digits, as: UTF8.self)).map { DatabaseError(code: $0) }
        }
        return nil
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

    /// Truncates up to `pages` free pages at the end of the file; false if there are none, or none can be removed.
    func shrink(pages: Int) throws -> Bool {
        let free = try freePages()
        guard free > 0 else { return false }
        // One step of the statement frees one page.
        try forEachRow("PRAGMA incremental_vacuum(\(pages))") { _ in }
        return try freePages() != free
    }

    /// Checkpoints the log into the file, unless something still reads an older state. It waits for readers only for a moment,
    /// since nothing can be written meanwhile: a reader that has to write before it ends would wait for this, and this for it.
    func foldLog() throws {
        try waiting(100) { try forEachRow("PRAGMA wal_checkpoint(TRUNCATE)") { _ in } }
    }

    private func freePages() throws -> Int {
        try first("PRAGMA freelist_count") { $0.integer("freelist_count") } ?? 0
    }
}
