import Files
import StageKit

/// Reads a CSV file in batches of whole records; memory use does not depend on the file's size.
struct CSVFile: ~Copyable {
    private let file: File
    private let recordLimit: Int
    /// The maximum number of fields read from a record: slightly more than the header has.
    private var fieldLimit = Self.maximumColumns + 1
    private var rest: [UInt8] = []
    private var nextRow = 1
    private var isAtEnd = false

    /// The number of bytes read at a time. Batches, and therefore row groups, depend only on this and the file.
    static let pieceSize = 1 << 22

    /// The maximum number of columns.
    static let maximumColumns = 100_000
    /// How many excess fields are counted, for a message.
    static let excessFields = 1_000

    /// Opens a file.
    ///
    /// - Parameter recordLimit: the maximum size of a record, which a quote that is never closed exceeds.
    init(_ path: FilePath, recordLimit: Int) throws {
        file = try File(path, .reading)
        self.recordLimit = recordLimit
    }

    /// Reads the header line with the column names. Must be called before ``next()``.
    mutating func readHeader() throws -> [String] {
        repeat {
            try readPiece()
            if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest.removeFirst(3) }
            let found = CSVScanner.scan(rest, isEnd: isAtEnd, limit: 1, fieldLimit: fieldLimit)
            guard !found.recordEnds.isEmpty else { continue }
            guard found.fields.count < fieldLimit else {
                throw StageFailure("the header has more than \(Self.maximumColumns) columns")
            }
            fieldLimit = found.fields.count + Self.excessFields
            let batch = CSVBatch(bytes: rest, fields: found.fields, recordEnds: found.recordEnds)
            rest.removeFirst(found.consumed)
            return batch.record(0).map { batch.string($0) }
        } while !isAtEnd
        throw StageFailure(
            rest.isEmpty ? "the file is empty" : "the file has no header line: a quoted field is not closed")
    }

    /// The next records; nil at the end of the file.
    ///
    /// - Throws: `StageFailure` if the file ends inside a quoted field, or a record is too long.
    mutating func next() throws -> CSVBatch? {
        while true {
            if !isAtEnd { try readPiece() }
            let found = CSVScanner.scan(rest, isEnd: isAtEnd, fieldLimit: fieldLimit)
            if found.recordEnds.isEmpty {
                if !isAtEnd { continue }
                guard found.isInsideQuotes else { return nil }
                throw StageFailure(
                    "row \(nextRow): the file ends inside a quoted field. It is probably truncated, "
                        + "or a quote in row \(nextRow) is not closed")
            }
            let batch = CSVBatch(
                bytes: rest, fields: found.fields, recordEnds: found.recordEnds, firstRow: nextRow)
            nextRow += batch.count
            rest = Array(rest[found.consumed...])
            return batch
        }
    }

    private mutating func readPiece() throws {
        guard rest.count <= recordLimit else {
            throw StageFailure(
                "row \(nextRow) is longer than \(recordLimit) bytes. A quote in it is probably not closed; "
                    + "otherwise, raise maximumCellBytes")
        }
        // A long record is scanned again from its beginning; pieces grow with it, so that this stays linear.
        let piece = max(CSVFile.pieceSize, rest.count)
        while true {
            isAtEnd = try file.read(upTo: piece, appendingTo: &rest) == 0
            if isAtEnd || rest.count >= piece { return }
        }
    }
}
