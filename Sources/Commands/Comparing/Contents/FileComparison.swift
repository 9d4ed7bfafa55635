import Checkpoints
import Columns
import Files
import StageSchemas

/// Compares two files by their format.
struct FileComparison {
    let before: FilePath
    let after: FilePath
    /// The column that identifies a table's rows; nil for `id` or the order.
    let key: String?

    /// The largest JSON or text that is compared by its parts.
    private static let largestText = 16 << 20
    /// The largest table that is compared by its cells, which are held in memory.
    private static let largestTable = 2 << 30

    /// What differs.
    func difference() throws -> ContentDifference {
        let sizes = (try FileStatus(of: before).size, try FileStatus(of: after).size)
        let starts = (try start(before), try start(after))
        if [starts.0, starts.1].allSatisfy({ SafetensorsPreview.headerLength($0) != nil }) {
            return try TensorComparison(SafetensorsFile(before), SafetensorsFile(after)).difference
        }
        if isTable(starts.0), isTable(starts.1) {
            guard max(sizes.0, sizes.1) <= Self.largestTable else {
                throw CommandFailure.usage(
                    "tables of more than \(Amounts.bytes(Self.largestTable)) are not compared cell by cell")
            }
            return try TableComparison(before: Table.read(before), after: Table.read(after), key: key)
                .difference()
        }
        guard key == nil else { throw CommandFailure.usage("--key is for tables, and this is not one") }
        guard max(sizes.0, sizes.1) <= Self.largestText, !starts.0.contains(0), !starts.1.contains(0) else {
            return try bytes(sizes)
        }
        let texts = (try FileContents.read(before), try FileContents.read(after))
        if let old = json(texts.0), let new = json(texts.1) { return JSONComparison(old, new).difference }
        return TextComparison(texts.0, texts.1).difference
    }

    private func start(_ path: FilePath) throws -> [UInt8] { try File(path, .reading).read(upTo: 1 << 16) }

    private func json(_ text: [UInt8]) -> Value? {
        let opening = text.first { $0 > 0x20 }
        guard opening == UInt8(ascii: "{") || opening == UInt8(ascii: "[") else { return nil }
        return try? Value(json: text)
    }

    private func isTable(_ start: [UInt8]) -> Bool {
        Preview.isTable(start)
            || !start.contains(0) && Preview.looksLikeCSV(String(decoding: start, as: UTF8.self))
    }

    /// Where the bytes begin to differ.
    private func bytes(_ sizes: (Int, Int)) throws -> ContentDifference {
        let old = try File(before, .reading)
        let new = try File(after, .reading)
        var offset = 0
        while true {
            let (left, right) = (try old.read(upTo: 1 << 20), try new.read(upTo: 1 << 20))
            if let place = zip(left, right).enumerated().first(where: { $1.0 != $1.1 })?.offset {
                offset += place
                break
            }
            offset += min(left.count, right.count)
            if left.count != right.count || left.isEmpty { break }
        }
        return ContentDifference(
            format: "bytes",
            sentences: ["the first \(Amounts.grouped(offset)) bytes are the same"],
            details: [
                "firstDifference": .integer(offset), "sizeBefore": .integer(sizes.0),
                "sizeAfter": .integer(sizes.1),
            ])
    }
}
