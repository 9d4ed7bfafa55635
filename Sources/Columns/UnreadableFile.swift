/// Files that people have instead of a table, recognized by their first bytes.
package enum UnreadableFile: Sendable {
    private struct Signature: Sendable {
        let bytes: [UInt8]
        let advice: String

        init(_ bytes: [UInt8], _ advice: String) {
            self.bytes = bytes
            self.advice = advice
        }

        init(_ text: String, _ advice: String) { self.init(Array(text.utf8), advice) }
    }

    private static let signatures = [
        Signature([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "an xz archive; unpack it with `xz --decompress`"),
        Signature([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive; unpack it with `7z x`"),
        Signature("Rar!", "a RAR archive; unpack it with `unrar x`"),
        Signature([0x04, 0x22, 0x4D, 0x18], "an lz4 archive; unpack it with `lz4 -d`"),
        Signature(
            "version https://git-lfs.github.com/spec",
            "a Git LFS pointer instead of the file itself; fetch the file with `git lfs pull`"),
        Signature("%PDF-", "a PDF document; a table is needed"),
        Signature("SQLite format 3\0", "an SQLite database; export the table as CSV"),
        Signature([0xD0, 0xCF, 0x11, 0xE0], "an Office document; export the table as CSV (UTF-8)"),
        Signature([0x89, 0x48, 0x44, 0x46], "an HDF5 file; export the table as Parquet"),
        Signature([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a NumPy file; export the table as Parquet"),
        Signature("FEA1", "a Feather file of version 1; export the table as Parquet"),
        Signature("ORC", "an ORC file; export the table as Parquet"),
        Signature("Obj\u{1}", "an Avro file; export the table as Parquet"),
        Signature("\u{7F}ELF", "a program; a table is needed"),
        Signature("{\\rtf", "a text document (RTF); export the table as CSV (UTF-8)"),
    ]

    /// What a file with this beginning is, and what to do about it; nil if it may be a table.
    package static func description(_ start: [UInt8]) -> String? {
        if let encoding = utf16(start) {
            return
                "text in \(encoding); save it as UTF-8, for example with `iconv --from-code \(encoding) --to-code UTF-8`"
        }
        if start.count >= 2, start[0] == 0x80, (2...5).contains(start[1]),
            start.last == UInt8(ascii: ".") || start.count == 4096
        {
            return "a Python pickle; export the table as Parquet"
        }
        if start.count > 262, start[257..<262].elementsEqual("ustar".utf8) {
            return "a tar archive; unpack it with `tar --extract` and use the file in it"
        }
        let text = trimmed(start)
        if let known = signatures.first(where: { start.starts(with: $0.bytes) || text.starts(with: $0.bytes) }
        ) {
            return known.advice
        }
        let lowercased = text.prefix(64).map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        if ["<!doctype html", "<!--", "<html", "<head", "<body", "<script"].contains(where: {
            lowercased.starts(with: $0.utf8)
        }) {
            return "an HTML page, such as a login or an error page; download the file again"
        }
        if lowercased.starts(with: "<?xml".utf8) { return "an XML document; export the table as CSV (UTF-8)" }
        if text.starts(with: "\u{250C}".utf8) || text.starts(with: "+--".utf8) || text.starts(with: "| ".utf8)
        {
            return "a table drawn for people; export it as CSV"
        }
        // Text contains line breaks and tabs, and damaged text may contain a NUL byte; other control characters mean binary data.
        let controls = start.count { $0 < 0x20 && ![0x09, 0x0A, 0x0D].contains($0) }
        return controls * 20 > start.count ? "neither text nor a table: it contains binary data" : nil
    }

    /// The encoding of text whose characters have two or four bytes, by its byte order mark or its zeros.
    private static func utf16(_ start: [UInt8]) -> String? {
        if start.starts(with: [0xFF, 0xFE, 0, 0]) || start.starts(with: [0, 0, 0xFE, 0xFF]) {
            return "UTF-32"
        }
        if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
        guard start.count >= 8 else { return nil }
        let head = start.prefix(64)
        let zeros = (0...1).map { parity in
            head.indices.count { $0 % 2 == parity && head[$0] == 0 }
        }
        // Without a mark: ASCII characters, of four bytes each.
        let units = (0...3).map { place in head.indices.count { $0 % 4 == place && head[$0] == 0 } }
        if units[0] == 0, units[1] * 5 >= head.count, units[2] * 5 >= head.count, units[3] * 5 >= head.count {
            return "UTF-32LE"
        }
        if units[3] == 0, units[0] * 5 >= head.count, units[1] * 5 >= head.count, units[2] * 5 >= head.count {
            return "UTF-32BE"
        }
        // Without a mark: ASCII characters, every second byte 0.
        if zeros[1] * 4 >= head.count && zeros[0] == 0 { return "UTF-16LE" }
        if zeros[0] * 4 >= head.count && zeros[1] == 0 { return "UTF-16BE" }
        return nil
    }

    private static func trimmed(_ start: [UInt8]) -> ArraySlice<UInt8> {
        let text = start.starts(with: [0xEF, 0xBB, 0xBF]) ? start.dropFirst(3) : start[...]
        return text.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }
}
