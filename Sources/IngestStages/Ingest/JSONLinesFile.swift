import Files
import JSON
import StageKit

/// Reads JSON records: one per line, the elements of one array, or the rows of one object of columns, as written by
/// pandas: `{"id": {"0": …, "1": …}, "prompt": {"0": …, …}, …}`.
struct JSONLinesFile: ~Copyable {
    /// Some whole records.
    struct Piece: Sendable {
        var bytes: [UInt8]
        /// The range of each record.
        var records: [Range<Int>]
        /// The number of the first record, counting from 1.
        var firstRow: Int
    }

    /// How records are arranged in the file.
    enum Layout: Sendable, Hashable {
        case lines
        case array
        case columns
    }

    private static let pieceSize = 4 << 20

    private let file: File
    private let recordLimit: Int
    private var rest: [UInt8] = []
    private var nextRow = 1
    private var isAtEnd = false
    private let layout: Layout
    private var columns: JSONColumns?

    /// Opens a file and detects its layout from its beginning.
    init(_ path: FilePath, recordLimit: Int) throws {
        let start = try File(path, .reading).read(upTo: 4096)
        file = try File(path, .reading)
        layout = Self.layout(start)
        self.recordLimit = recordLimit
    }

    /// The layout of a file that begins like this. Columns are recognized by their first cell: a member whose value is
    /// an object whose first key is a number.
    static func layout(_ start: [UInt8]) -> Layout {
        let text = start.starts(with: [0xEF, 0xBB, 0xBF]) ? start.dropFirst(3) : start[...]
        var scanner = JSONScanner(text)
        if scanner.skip(UInt8(ascii: "[")) { return .array }
        var name: [UInt8] = []
        guard scanner.skip(UInt8(ascii: "{")), (try? scanner.string(appendingTo: &name)) != nil,
            scanner.skip(UInt8(ascii: ":")), scanner.skip(UInt8(ascii: "{"))
        else { return .lines }
        var key: [UInt8] = []
        guard (try? scanner.string(appendingTo: &key)) != nil, !key.isEmpty else { return .lines }
        return key.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? .columns : .lines
    }

    /// The next records; nil at the end.
    mutating func next() throws -> Piece? {
        switch layout {
        case .lines: try nextLines()
        case .array: try nextOfArray()
        case .columns: try nextOfColumns()
        }
    }

    private mutating func nextOfColumns() throws -> Piece? {
        if columns == nil {
            while !isAtEnd { try read(1 << 26) }
            if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest.removeFirst(3) }
            do {
                columns = try JSONColumns(rest)
            } catch {
                throw StageFailure("the JSON columns cannot be read: \(error)")
            }
            rest = []
        }
        guard let columns, nextRow <= columns.count else { return nil }
        let rows = nextRow - 1..<min(columns.count, nextRow - 1 + 4_096)
        let piece = columns.records(rows)
        nextRow += rows.count
        return Piece(bytes: piece.bytes, records: piece.records, firstRow: rows.lowerBound + 1)
    }

    private mutating func nextLines() throws -> Piece? {
        while true {
            let before = rest.count
            try read(Self.pieceSize)
            if nextRow == 1 && before == 0 && rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest.removeFirst(3) }
            var records = Self.lines(rest)
            var start = records.last.map { $0.upperBound + 1 } ?? 0
            if isAtEnd && start < rest.count {
                records.append(start..<rest.count)
                start = rest.count
            }
            if start == 0 && !isAtEnd {
                guard rest.count <= recordLimit else {
                    throw StageFailure("row \(nextRow) is longer than \(recordLimit) bytes")
                }
                continue
            }
            guard start > 0 else { return nil }
            // Lines are counted like in an editor, so empty lines have numbers too.
            let piece = Piece(bytes: rest, records: records, firstRow: nextRow)
            nextRow += records.count
            rest = Array(rest[start...])
            return piece
        }
    }

    private static func lines(_ bytes: [UInt8]) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        let span = bytes.span
        for index in 0..<span.count where span[index] == 0x0A {
            lines.append(start..<index)
            start = index + 1
        }
        return lines
    }

    private mutating func nextOfArray() throws -> Piece? {
        guard !isAtEnd else { return nil }
        while !isAtEnd { try read(1 << 26) }
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest.removeFirst(3) }
        var scanner = JSONScanner(rest[...])
        var records: [Range<Int>] = []
        do {
            try scanner.expect(UInt8(ascii: "["), "'['")
            if !scanner.skip(UInt8(ascii: "]")) {
                repeat {
                    _ = scanner.peek()
                    let start = scanner.position
                    try scanner.skipValue()
                    records.append(start..<scanner.position)
                } while scanner.skip(UInt8(ascii: ","))
                try scanner.expect(UInt8(ascii: "]"), "',' or ']'")
            }
            try scanner.expectEnd(of: "file")
        } catch {
            throw StageFailure("the JSON array cannot be read: record \(records.count + 1): \(error)")
        }
        return Piece(bytes: rest, records: records, firstRow: 1)
    }

    private mutating func read(_ size: Int) throws {
        guard !isAtEnd else { return }
        let bytes = try file.read(upTo: max(size, rest.count))
        isAtEnd = bytes.isEmpty
        rest += bytes
    }
}
