internal import CArrowInterface

/// Columns as arrays in the Arrow C data interface. They are valid as long as this object lives.
final class ArrowExport {
    // Everything allocated for the arrays, deallocated in deinit.
    private var allocations: [UnsafeMutableRawPointer] = []

    deinit { for allocation in allocations { allocation.deallocate() } }

    /// The schema of a table: a structure whose members are its columns.
    func schema(_ schema: Schema) -> UnsafeMutablePointer<ArrowSchema> {
        self.schema(Field("", .structure(schema.fields), isNullable: false))
    }

    /// The rows of a table: a structure whose members are its columns.
    func array(_ table: Table) -> UnsafeMutablePointer<ArrowArray> {
        array(
            count: table.rowCount, validity: Validity(nil), buffers: [],
            children: table.columns.map { array($0) })
    }

    private func schema(_ field: Field) -> UnsafeMutablePointer<ArrowSchema> {
        let format: String
        var children: [UnsafeMutablePointer<ArrowSchema>] = []
        switch field.type {
        // A writer refuses such columns; here, they are replaced by nulls.
        case .null, .foreign: format = "n"
        case .boolean: format = "b"
        case .integer: format = "l"
        case .floating: format = "g"
        case .string: format = "U"
        case .binary: format = "Z"
        case .list(let element):
            format = "+L"
            children = [schema(Field("element", element))]
        case .structure(let fields):
            format = "+s"
            children = fields.map { schema($0) }
        }
        let pointer = allocate(ArrowSchema.self, 1)
        pointer.initialize(
            to: ArrowSchema(
                format: text(format), name: text(field.name), metadata: nil,
                flags: field.isNullable ? Int64(ARROW_FLAG_NULLABLE) : 0, n_children: Int64(children.count),
                children: pointers(children), dictionary: nil,
                // This object owns the memory: releasing only marks the array.
                release: { $0?.pointee.release = nil }, private_data: nil))
        return pointer
    }

    private func array(_ column: Column) -> UnsafeMutablePointer<ArrowArray> {
        switch column {
        case .null(let count), .foreign(_, let count):
            return array(count: count, validity: nil, buffers: [], children: [])
        case .boolean(let column):
            return array(
                count: column.count, validity: column.validity, buffers: [bitmap(column.values)], children: []
            )
        case .integer(let column):
            return array(
                count: column.count, validity: column.validity, buffers: [copy(column.values)], children: [])
        case .floating(let column):
            return array(
                count: column.count, validity: column.validity, buffers: [copy(column.values)], children: [])
        case .string(let column), .binary(let column):
            return array(
                count: column.count, validity: column.validity,
                buffers: [copy(column.offsets), copy(column.bytes)],
                children: [])
        case .list(let column):
            return array(
                count: column.count, validity: column.validity, buffers: [copy(column.offsets)],
                children: [array(column.elements)])
        case .structure(let column):
            return array(
                count: column.count, validity: column.validity, buffers: [],
                children: column.members.map { array($0.column) })
        }
    }

    /// - Parameter validity: nil for a type without a bitmap.
    private func array(
        count: Int, validity: Validity?, buffers: [UnsafeRawPointer?],
        children: [UnsafeMutablePointer<ArrowArray>]
    ) -> UnsafeMutablePointer<ArrowArray> {
        var all = buffers
        if let validity {
            all.insert(validity.hasNulls ? bitmap((0..<count).map { !validity.isNull($0) }) : nil, at: 0)
        }
        let list = allocate(UnsafeRawPointer?.self, max(1, all.count))
        for (index, buffer) in all.enumerated() { list[index] = buffer }
        let pointer = allocate(ArrowArray.self, 1)
        pointer.initialize(
            to: ArrowArray(
                length: Int64(count), null_count: Int64(validity?.nullCount() ?? count), offset: 0,
                n_buffers: Int64(all.count), n_children: Int64(children.count), buffers: list,
                children: pointers(children), dictionary: nil,
                // This object owns the memory: releasing only marks the array.
                release: { $0?.pointee.release = nil }, private_data: nil))
        return pointer
    }

    private func allocate<Element>(_ type: Element.Type, _ count: Int) -> UnsafeMutablePointer<Element> {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(64, count * MemoryLayout<Element>.stride), alignment: 16)
        allocations.append(memory)
        // Room for `count` elements.
        return memory.bindMemory(to: type, capacity: count)
    }

    private func copy<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafeRawPointer {
        let pointer = allocate(Element.self, values.count)
        values.withUnsafeBufferPointer { buffer in
            // Both have values.count elements.
            if let base = buffer.baseAddress { pointer.initialize(from: base, count: buffer.count) }
        }
        return UnsafeRawPointer(pointer)
    }

    private func bitmap(_ flags: [Bool]) -> UnsafeRawPointer {
        var bytes = [UInt8](repeating: 0, count: (flags.count + 7) / 8)
        for (index, flag) in flags.enumerated() where flag { bytes[index >> 3] |= 1 << UInt8(index & 7) }
        return copy(bytes)
    }

    private func text(_ text: String) -> UnsafePointer<CChar> {
        let bytes = text.utf8.map { CChar(bitPattern: $0) } + [0]
        let pointer = allocate(CChar.self, bytes.count)
        for (index, byte) in bytes.enumerated() { pointer[index] = byte }
        return UnsafePointer(pointer)
    }

    private func pointers<Element>(
        _ children: [UnsafeMutablePointer<Element>]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Element>?>? {
        guard !children.isEmpty else { return nil }
        let list = allocate(UnsafeMutablePointer<Element>?.self, children.count)
        for (index, child) in children.enumerated() { list[index] = child }
        return list
    }
}
