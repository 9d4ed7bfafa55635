internal import CArrowInterface
public import Files
import Texts

/// How a CSV file is read. It has a header and follows RFC 4180: quoted fields may contain commas, quotes and line
/// breaks.
public struct CSVOptions: Sendable {
    /// What happens to rows whose number of fields differs from the header's.
    public enum InvalidRows: Sendable {
        /// They are an error.
        case fail
        /// They are skipped and recorded in `TableReader.invalidRows`.
        case collect
    }

    /// What happens to rows whose number of fields differs from the header's.
    var invalidRows = InvalidRows.fail
    /// True to infer the columns' types; otherwise every column is text, and empty fields are empty strings.
    var infersTypes = false

    /// Invalid rows are errors, and every column is text.
    public init() {}
}

/// A row of a CSV file whose number of fields differs from the header's.
public struct InvalidRow: Sendable, Hashable {
    /// The row's number; the first after the header is 1.
    public let row: Int
    /// The number of fields in the header.
    public let expected: Int
    /// The number of fields in the row.
    public let found: Int
    /// The row's text, at most 4 KiB.
    public let text: String
}

/// Reads a table file batch by batch; memory use does not depend on the file's size. One owner, one thread.
public final class TableReader {
    /// The columns.
    public let schema: Schema
    /// The rows of a CSV file that have been skipped so far.
    var invalidRows: [InvalidRow] { collector.rows }

    private static let blockBytes = [32 << 20, 512 << 20]

    private let path: FilePath
    private let format: TableFormat
    private let columns: [String]?
    private let batchRows: Int
    private let options: CSVOptions
    private let collector = InvalidRowCollector()
    private var stream: ArrowStream
    private var rowsRead = 0
    private var blockSize = 0

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - format: nil to detect it from the content.
    ///   - columns: the columns to read, in the file's order; nil for all.
    ///   - batchRows: the maximum number of rows in a batch of a Parquet file; other formats have their own batches.
    /// - Throws: `ColumnsError` if the file is not a table or is damaged.
    public init(
        _ path: FilePath, format: TableFormat? = nil, columns: [String]? = nil, batchRows: Int = 16_384,
        csv options: CSVOptions = CSVOptions()
    ) throws {
        let format = try format ?? Self.format(of: path)
        self.path = path
        self.format = format
        self.columns = columns
        self.batchRows = batchRows
        self.options = options
        do {
            stream = try ArrowStream(
                path, format, columns, batchRows, options, Self.blockBytes[0], skipping: 0, collector)
        } catch {
            guard error.isRowLongerThanBlock else { throw error }
            blockSize = 1
            stream = try ArrowStream(
                path, format, columns, batchRows, options, Self.blockBytes[1], skipping: 0, collector)
        }
        schema = stream.schema
        var names = TextSet()
        for name in schema.names where !names.insert(name) {
            guard columns?.contains(where: { $0.hasSameBytes(as: name) }) == false else {
                throw ColumnsError("\(path): two columns are named '\(name)'; rename or remove one of them")
            }
        }
        if let columns {
            for name in columns where !schema.names.contains(name) {
                let known = try ArrowStream(
                    path, format, nil, batchRows, options, Self.blockBytes[blockSize], skipping: 0,
                    InvalidRowCollector()
                ).schema.names
                throw ColumnsError(
                    "\(path) has no column '\(name)'; its columns are \(known.joined(separator: ", "))")
            }
        }
    }

    /// The columns of a file, of which several that nobody needs may have one name.
    public static func schema(of path: FilePath) throws -> Schema {
        let format = try format(of: path)
        return try ArrowStream(
            path, format, nil, 1, CSVOptions(), blockBytes[0], skipping: 0, InvalidRowCollector()
        ).schema
    }

    private static func format(of path: FilePath) throws -> TableFormat {
        let format = try TableFormat.detect(path)
        if format == nil || format == .csv {
            // A message about its columns would say nothing of what is wrong.
            let start = try File(path, .reading).read(upTo: 4096)
            if CompressedFile.isPacked(start) {
                throw ColumnsError("\(path) is compressed; unpack it and use the file in it")
            }
            if let description = UnreadableFile.description(start) {
                throw ColumnsError("\(path) is \(description). CSV, Parquet and Arrow are read")
            }
        }
        guard let format else {
            throw ColumnsError(
                "\(path) is empty or not a table; the supported formats are Parquet, CSV and Arrow")
        }
        return format
    }

    /// The next rows; nil at the end.
    public func next() throws -> Table? {
        do {
            let table = try stream.next()
            rowsRead += table?.rowCount ?? 0
            return table
        } catch {
            guard error.isRowLongerThanBlock, blockSize == 0 else { throw error }
            // Tries again with larger blocks, after the rows that have been read.
            blockSize = 1
            stream = try ArrowStream(
                path, format, columns, batchRows, options, Self.blockBytes[1],
                skipping: rowsRead + collector.rows.count, collector)
            return try next()
        }
    }
}

@available(*, unavailable)
extension TableReader: Sendable {}

extension Table {
    /// All rows of a table file.
    public static func read(
        _ path: FilePath, format: TableFormat? = nil, columns: [String]? = nil
    ) throws -> Table {
        let reader = try TableReader(path, format: format, columns: columns)
        var tables: [Table] = []
        while let table = try reader.next() { tables.append(table) }
        if tables.isEmpty {
            return Table(
                schema: reader.schema, columns: reader.schema.fields.map { $0.type.emptyColumn }, rowCount: 0)
        }
        return try concatenating(tables)
    }
}

extension ColumnType {
    var emptyColumn: Column {
        switch self {
        case .boolean: .boolean(BooleanColumn([Bool]()))
        case .integer: .integer(IntegerColumn([Int64]()))
        case .floating: .floating(FloatingColumn([Double]()))
        case .string: .string(StringColumn([]))
        case .binary: .binary(StringColumn([]))
        case .list(let element): .list(ListColumn(lengths: [], elements: element.emptyColumn))
        case .structure(let fields):
            .structure(StructureColumn(fields.map { StructureColumn.Member($0.name, $0.type.emptyColumn) }))
        case .null: .null(count: 0)
        case .foreign(let name): .foreign(name, count: 0)
        }
    }
}
