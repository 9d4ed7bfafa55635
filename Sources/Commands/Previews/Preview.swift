import Columns
import Files
import JSON
import Texts

/// A preview of a file, bounded in time and space whatever the file's size.
struct Preview {
    /// How much is shown.
    struct Bounds {
        var rows = 10
        var conversations = 3
        var lines = 40
        var width = 100
    }

    /// The number of bytes of a text or JSON file that are read.
    private static let largestText = 1 << 20

    let path: FilePath
    let bounds: Bounds
    let style: TextStyle

    /// What the file contains: a table, JSON, a safetensors header, text, or bytes.
    func text() throws -> String {
        let size = try FileStatus(of: path).size
        guard size > 0 else { return "(empty)\n" }
        let start = try File(path, .reading).read(upTo: Self.largestText)
        if let header = SafetensorsPreview(start: start, size: size) { return header.text(bounds) }
        if Self.isTable(start) { return try table() }
        guard !start.prefix(8192).contains(0) else { return Self.bytes(start, size: size) }
        let isWhole = size == start.count
        // A value without parts is shown in full.
        let opening = start.first { $0 > 0x20 }
        if isWhole, opening == UInt8(ascii: "{") || opening == UInt8(ascii: "["),
            let json = try? JSONLayout.indented(start, rules: .tolerant)
        {
            return lines(of: String(decoding: json, as: UTF8.self), isWhole: true)
        }
        let text = String(decoding: start, as: UTF8.self)
        if Self.looksLikeCSV(text), let table = try? table() { return table }
        return lines(of: text, isWhole: isWhole)
    }

    private func table() throws -> String {
        let reader = try TableReader(path, batchRows: max(1, min(bounds.rows, 4096)))
        var pieces: [Table] = []
        var count = 0
        while count < bounds.rows, let piece = try reader.next() {
            pieces.append(piece)
            count += piece.rowCount
        }
        let more = try pieces.isEmpty ? nil : reader.next()
        let hasMore = more != nil || count > bounds.rows
        if PackedPreview.fits(reader.schema) {
            return PackedPreview(pieces: pieces, hasMore: hasMore).text(bounds, style: style)
        }
        return TablePreview(
            schema: reader.schema, pieces: pieces, hasMore: hasMore
        ).text(bounds, style: style)
    }

    private func lines(of text: String, isWhole: Bool) -> String {
        var shown: [String] = []
        var rest = text[...]
        while shown.count < bounds.lines, !rest.isEmpty {
            let end = rest.firstIndex(where: \.isNewline) ?? rest.endIndex
            let line = String(rest[..<end].prefix(8 * bounds.width))
            shown.append(line.escapedForDisplay.truncated(toWidth: bounds.width))
            rest = end == rest.endIndex ? rest[end...] : rest[rest.index(after: end)...]
        }
        if !rest.isEmpty || !isWhole {
            shown.append(style.dim("… more; `sluice cache cat` prints all of it"))
        }
        return shown.map { $0 + "\n" }.joined()
    }

    /// Whether a file begins like Parquet or Arrow.
    static func isTable(_ start: [UInt8]) -> Bool {
        start.starts(with: Array("PAR1".utf8)) || start.starts(with: Array("ARROW1".utf8))
            || start.starts(with: [0xFF, 0xFF, 0xFF, 0xFF])
    }

    /// Whether the first lines have the same number of commas outside quotation marks, and at least one.
    static func looksLikeCSV(_ text: String) -> Bool {
        var commas = 0
        var isQuoted = false
        var counts: [Int] = []
        for byte in text.utf8.prefix(1 << 16) {
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted: commas += 1
            case UInt8(ascii: "\n") where !isQuoted:
                counts.append(commas)
                commas = 0
            default: break
            }
            if counts.count == 5 { break }
        }
        return counts.count >= 2 && counts[0] > 0 && counts.allSatisfy { $0 == counts[0] }
    }

    /// The first bytes in hexadecimal and as text.
    static func bytes(_ start: [UInt8], size: Int) -> String {
        var lines: [String] = []
        for offset in stride(from: 0, to: min(start.count, 256), by: 16) {
            let row = start[offset..<min(offset + 16, start.count)]
            let digits = row.map { Hexadecimal.text(of: [$0]) }
            let letters = row.map { (0x20..<0x7F).contains($0) ? String(UnicodeScalar($0)) : "." }
            let position = Hexadecimal.text(of: UInt64(offset)).suffix(8)
            lines.append(
                position + "  " + digits.joined(separator: " ").padded(toWidth: 47) + "  " + letters.joined())
        }
        if size > 256 { lines.append("… \(Amounts.bytes(size)) in total") }
        return lines.map { $0 + "\n" }.joined()
    }
}
