import JSON

/// A table as one JSON object of columns, each an object of cells by the row's name: what pandas' `to_json` writes.
///
/// Rows are those of the first column, in its order, followed by rows that only occur in later columns. If a column
/// lacks a row, the row's record lacks that field.
struct JSONColumns: Sendable {
    private let bytes: [UInt8]
    /// The names of the columns as they are in the file, with quotes.
    private var names: [Range<Int>] = []
    /// The range of each column's cells, by row.
    private var cells: [[Range<Int>?]] = []
    /// The number of rows.
    private(set) var count = 0

    /// - Throws: `JSONFault` if the text is not such an object.
    init(_ text: [UInt8]) throws(JSONFault) {
        bytes = text
        var scanner = JSONScanner(text[...])
        var rows: [Range<Int>] = []
        var places: [ArraySlice<UInt8>: Int]?
        try scanner.expect(UInt8(ascii: "{"), "'{'")
        if scanner.skip(UInt8(ascii: "}")) { return }
        repeat {
            names.append(try Self.name(&scanner))
            try scanner.expect(UInt8(ascii: ":"), "':'")
            try scanner.expect(UInt8(ascii: "{"), "'{' of a column")
            var column = [Range<Int>?](repeating: nil, count: rows.count)
            if !scanner.skip(UInt8(ascii: "}")) {
                var position = 0
                repeat {
                    let row = try Self.name(&scanner)
                    try scanner.expect(UInt8(ascii: ":"), "':'")
                    _ = scanner.peek()
                    let start = scanner.position
                    try scanner.skipValue()
                    let cell = start..<scanner.position
                    if names.count == 1 {
                        rows.append(row)
                        column.append(cell)
                    } else if position < rows.count, text[rows[position]] == text[row] {
                        // Columns usually have their rows in the same order.
                        column[position] = cell
                    } else {
                        if places == nil { places = Self.places(rows, text) }
                        if let place = places?[text[row]] {
                            column[place] = cell
                        } else {
                            places?[text[row]] = rows.count
                            rows.append(row)
                            column.append(cell)
                        }
                    }
                    position += 1
                } while scanner.skip(UInt8(ascii: ","))
                try scanner.expect(UInt8(ascii: "}"), "',' or '}'")
            }
            cells.append(column)
        } while scanner.skip(UInt8(ascii: ","))
        try scanner.expect(UInt8(ascii: "}"), "',' or '}'")
        try scanner.expectEnd(of: "file")
        try Self.refuseRepeated(names, "column", text)
        try Self.refuseRepeated(rows, "row", text)
        count = rows.count
    }

    /// Some rows, each as a JSON object.
    func records(_ rows: Range<Int>) -> (bytes: [UInt8], records: [Range<Int>]) {
        var text: [UInt8] = []
        var records: [Range<Int>] = []
        for row in rows {
            let start = text.count
            text.append(UInt8(ascii: "{"))
            for (name, column) in zip(names, cells) {
                guard row < column.count, let cell = column[row] else { continue }
                if text.count > start + 1 { text.append(UInt8(ascii: ",")) }
                text += bytes[name]
                text.append(UInt8(ascii: ":"))
                text += bytes[cell]
            }
            text.append(UInt8(ascii: "}"))
            records.append(start..<text.count)
        }
        return (text, records)
    }

    private static func refuseRepeated(
        _ names: [Range<Int>], _ what: String, _ text: [UInt8]
    ) throws(JSONFault) {
        guard let twice = RepeatedNames.first(names, in: text) else { return }
        let name = String(decoding: text[names[twice]].prefix(200), as: UTF8.self)
        throw JSONFault(offset: names[twice].lowerBound, reason: "duplicate \(what) \(name)")
    }

    private static func name(_ scanner: inout JSONScanner) throws(JSONFault) -> Range<Int> {
        _ = scanner.peek()
        let start = scanner.position
        try scanner.skipString()
        return start..<scanner.position
    }

    private static func places(_ rows: [Range<Int>], _ text: [UInt8]) -> [ArraySlice<UInt8>: Int] {
        Dictionary(rows.enumerated().map { (text[$1], $0) }) { first, _ in first }
    }
}
