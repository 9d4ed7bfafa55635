internal import CArrowInterface
public import Files

/// Writes a table file batch by batch. Equal tables in equal batches give equal bytes. One owner, one thread.
public final class TableWriter {
    private let path: FilePath
    private let schema: Schema
    // Owned: closed by `close` or deinit.
    private var writer: UnsafeMutableRawPointer?
    // The batch that may still be being written; needed until the bridge has been called again.
    private var batch: ArrowExport?

    /// Creates a file with the given columns, replacing any existing one. Parquet is compressed with zstd; CSV does not support
    /// lists and records.
    ///
    /// - Parameter threads: how many threads encode and compress Parquet columns; this never changes the bytes. With more than
    ///   one, a batch is written in the background, and its error is thrown by the next call. nil for one thread per processor
    ///   core, without background writing.
    public init(
        _ path: FilePath, _ format: TableFormat = .parquet, schema: Schema, threads: Int? = nil
    ) throws(ColumnsError) {
        self.path = path
        self.schema = schema
        if let field = schema.fields.first(where: { $0.type.isForeign }) {
            throw ColumnsError("cannot write \(path): column '\(field.name)' holds \(field.type)")
        }
        let bridge = try ArrowBridge.shared.get()
        let exported = ArrowExport()
        var writer: UnsafeMutableRawPointer?
        let text = path.withCString { name in
            bridge.functions.pointee.open_writer(
                name, format.code, exported.schema(schema), Int32(max(0, min(threads ?? 0, 1024))), &writer)
        }
        self.writer = writer
        withExtendedLifetime(exported) {}
        do {
            try bridge.check(text)
        } catch {
            throw ColumnsError("cannot write \(path): \(error.message)")
        }
    }

    deinit { try? close() }

    /// Appends rows; the columns must be those of the schema.
    public func append(_ table: Table) throws(ColumnsError) {
        guard table.schema.names == schema.names else {
            throw ColumnsError("cannot write \(path): the columns differ from the file's schema")
        }
        guard let writer else { throw ColumnsError("\(path) is already closed") }
        let bridge = try ArrowBridge.shared.get()
        let exported = ArrowExport()
        let text = bridge.functions.pointee.write(writer, exported.array(table))
        batch = exported
        do {
            try bridge.check(text)
        } catch {
            throw ColumnsError("cannot write \(path): \(error.message)")
        }
    }

    /// Finishes the file.
    public func close() throws(ColumnsError) {
        guard let writer else { return }
        self.writer = nil
        let bridge = try ArrowBridge.shared.get()
        let text = bridge.functions.pointee.close_writer(writer)
        batch = nil
        do {
            try bridge.check(text)
        } catch {
            throw ColumnsError("cannot write \(path): \(error.message)")
        }
    }
}

@available(*, unavailable)
extension TableWriter: Sendable {}

extension Table {
    /// Writes the table to a file.
    public func write(to path: FilePath, _ format: TableFormat = .parquet) throws(ColumnsError) {
        let writer = try TableWriter(path, format, schema: schema)
        try writer.append(self)
        try writer.close()
    }
}
