internal import CArrowInterface
internal import Files
internal import Glibc

/// Collects the rows that the bridge skips.
final class InvalidRowCollector {
    fileprivate(set) var rows: [InvalidRow] = []
}

/// The batches of a file, as the bridge returns them.
final class ArrowStream {
    let schema: Schema
    private let path: FilePath
    // Initialized by the bridge, released in deinit. On the heap, so that its address does not change.
    private let stream: UnsafeMutablePointer<ArrowArrayStream>
    private var arrowSchema = ArrowSchema()
    // The bridge calls it back as long as the stream lives.
    private let collector: InvalidRowCollector

    init(
        _ path: FilePath, _ format: TableFormat, _ columns: [String]?, _ batchRows: Int,
        _ options: CSVOptions,
        _ blockBytes: Int, skipping rows: Int, _ collector: InvalidRowCollector
    ) throws(ColumnsError) {
        self.path = path
        self.collector = collector
        stream = .allocate(capacity: 1)
        stream.initialize(to: ArrowArrayStream())
        do throws(ColumnsError) {
            try Self.open(path, format, columns, batchRows, options, blockBytes, rows, collector, stream)
            let result = stream.pointee.get_schema(stream, &arrowSchema)
            guard result == 0 else { throw Self.error(of: stream, result) }
            guard case .structure(let fields) = ArrowType.columnType(arrowSchema, depth: 0) else {
                throw ColumnsError("it is not a table")
            }
            schema = Schema(fields)
        } catch {
            Self.release(stream, &arrowSchema)
            throw ColumnsError("\(path): \(error.message)")
        }
    }

    deinit { Self.release(stream, &arrowSchema) }

    func next() throws(ColumnsError) -> Table? {
        var array = ArrowArray()
        let result = stream.pointee.get_next(stream, &array)
        guard result == 0 else { throw ColumnsError("\(path): \(Self.error(of: stream, result).message)") }
        guard let release = array.release else { return nil }
        defer { release(&array) }
        guard case .structure(let rows) = try ArrowImport.column(array, arrowSchema) else {
            throw ColumnsError("\(path): it is not a table")
        }
        return Table(schema: schema, columns: rows.members.map(\.column), rowCount: rows.count)
    }

    private static func open(
        _ path: FilePath, _ format: TableFormat, _ columns: [String]?, _ batchRows: Int,
        _ options: CSVOptions,
        _ blockBytes: Int, _ rows: Int, _ collector: InvalidRowCollector,
        _ stream: UnsafeMutablePointer<ArrowArrayStream>
    ) throws(ColumnsError) {
        let bridge = try ArrowBridge.shared.get()
        // The copies live until the call has returned.
        var names: [UnsafePointer<CChar>?] = (columns ?? []).map { strdup($0).map { UnsafePointer($0) } }
        defer { for name in names { free(UnsafeMutablePointer(mutating: name)) } }
        let text = names.withUnsafeMutableBufferPointer { buffer in
            var read = sluice_read_options()
            read.format = format.code
            read.columns = columns == nil ? nil : UnsafePointer(buffer.baseAddress)
            read.column_count = Int64(buffer.count)
            read.batch_rows = Int64(batchRows)
            read.block_bytes = Int64(blockBytes)
            read.skip_rows = Int64(rows)
            read.collects_invalid_rows = options.invalidRows == .collect
            read.infers_types = options.infersTypes
            // The collector outlives the stream, which retains it.
            let context = Unmanaged.passUnretained(collector).toOpaque()
            return path.withCString { name in
                bridge.functions.pointee.open_reader(
                    name, &read,
                    { context, row, expected, found, text, size in
                        guard let context else { return }
                        let collector = Unmanaged<InvalidRowCollector>.fromOpaque(context)
                            .takeUnretainedValue()
                        guard collector.rows.count < 1_000_000 else { return }
                        // `text` has `size` bytes during the call.
                        let bytes = UnsafeRawBufferPointer(start: text, count: min(Int(size), 4096))
                        collector.rows.append(
                            InvalidRow(
                                row: Int(row), expected: Int(expected), found: Int(found),
                                text: String(decoding: bytes, as: UTF8.self)))
                    }, context, stream)
            }
        }
        try bridge.check(text)
    }

    private static func error(of stream: UnsafeMutablePointer<ArrowArrayStream>, _ code: Int32)
        -> ColumnsError
    {
        // The stream owns the message until its next call.
        let text = stream.pointee.get_last_error(stream).map { String(cString: $0) }
        return ColumnsError(text ?? String(cString: strerror(code)))
    }

    private static func release(
        _ stream: UnsafeMutablePointer<ArrowArrayStream>, _ schema: inout ArrowSchema
    ) {
        if let release = schema.release { release(&schema) }
        if let release = stream.pointee.release { release(stream) }
        stream.deallocate()
    }
}
