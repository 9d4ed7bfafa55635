import Files
import SQLite

/// Changes a database as an input says: its first byte chooses between bytes of the file and values of rows.
struct DatabaseChange {
    let tables: [String]

    func write(_ original: [UInt8], changedBy input: [UInt8], to path: FilePath) throws {
        var bytes = original
        var rest = input[...]
        let changesBytes = rest.popFirst().map { $0 & 1 == 0 } ?? true
        if changesBytes {
            while rest.count >= 4 {
                let place = rest.prefix(3).reduce(0) { $0 << 8 | Int($1) } % bytes.count
                bytes[place] ^= rest[rest.startIndex + 3]
                rest = rest.dropFirst(4)
            }
        }
        try FileContents.write(bytes, to: path)
        if !changesBytes { try? changeRows(path, &rest) }
    }

    /// Each change is a table, a column, a row and a value.
    private func changeRows(_ path: FilePath, _ rest: inout ArraySlice<UInt8>) throws {
        let connection = try Connection(path: path.text)
        try connection.execute(script: "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")
        for _ in 0..<4 {
            guard let table = rest.popFirst(), let column = rest.popFirst(), let row = rest.popFirst(),
                let kind = rest.popFirst()
            else { return }
            let name = tables[Int(table) % tables.count]
            let columns = (try? connection.rows("PRAGMA table_info(\(name))") { $0.text("name") ?? "" }) ?? []
            guard !columns.isEmpty else { continue }
            let size = min(rest.count, Int(kind >> 3))
            let bytes = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            let number = bytes.prefix(8).reduce(0) { $0 << 8 | Int($1) }
            let value: Argument =
                switch kind & 7 {
                case 0: .null
                case 1, 2: .integer(number)
                case 3: .integer(.min &+ number)
                case 4: .real(Double(bitPattern: UInt64(bitPattern: Int64(number))))
                case 5: .text(String(decoding: bytes, as: UTF8.self))
                default: .blob(bytes)
                }
            // A change that the table's constraints reject is skipped; not every table has row ids.
            let change = "UPDATE \(name) SET \(columns[Int(column) % columns.count]) = ?"
            do {
                try connection.run(change + " WHERE rowid % 4 = ?", value, .integer(Int(row) % 4))
            } catch {
                try? connection.run(change, value)
            }
        }
    }
}
