internal import CArrowInterface

/// Copies arrays of the Arrow C data interface into columns.
///
/// Arrays come from Arrow itself (and IPC ones are validated there), so their lengths and offsets are true.
enum ArrowImport {
    /// How deep a type may be nested.
    static let maximumDepth = 32

    /// The field that a schema describes.
    static func field(_ schema: ArrowSchema, depth: Int = 0) throws(ColumnsError) -> Field {
        let name = schema.name.map { String(cString: $0) } ?? ""
        return Field(
            name, try type(schema, depth: depth), isNullable: schema.flags & Int64(ARROW_FLAG_NULLABLE) != 0)
    }

    static func type(_ schema: ArrowSchema, depth: Int) throws(ColumnsError) -> ColumnType {
        guard depth < maximumDepth else {
            throw ColumnsError("a type is nested more than \(maximumDepth) deep")
        }
        if let dictionary = schema.dictionary { return try type(dictionary.pointee, depth: depth + 1) }
        let format = String(cString: schema.format)
        switch format {
        case "n": return .null
        case "b": return .boolean
        case "c", "C", "s", "S", "i", "I", "l", "L": return .integer
        case "e", "f", "g": return .floating
        case "u", "U", "vu": return .string
        case "z", "Z", "vz": return .binary
        case "+s":
            var fields: [Field] = []
            for index in 0..<Int(schema.n_children) {
                guard let child = schema.children[index] else { continue }
                fields.append(try field(child.pointee, depth: depth + 1))
            }
            return .structure(fields)
        case "+l", "+L", "+m":
            guard let child = schema.children?[0] else { throw ColumnsError("a list has no type of values") }
            return .list(try type(child.pointee, depth: depth + 1))
        default:
            if format.hasPrefix("+w:"), let child = schema.children?[0] {
                return .list(try type(child.pointee, depth: depth + 1))
            }
            if format.hasPrefix("t") && !format.hasPrefix("tin") { return .integer }
            if format.hasPrefix("w:") { return .binary }
            if format.hasPrefix("d:") { return .string }
            throw ColumnsError("the column type '\(format)' is not supported")
        }
    }

    /// The column of an array.
    static func column(_ array: ArrowArray, _ schema: ArrowSchema) throws(ColumnsError) -> Column {
        if let dictionary = array.dictionary, let values = schema.dictionary {
            return try decoded(array, schema, dictionary.pointee, values.pointee)
        }
        let count = Int(array.length)
        let format = String(cString: schema.format)
        let validity = validity(array)
        switch format {
        case "n": return .null(count: count)
        case "b": return .boolean(BooleanColumn(values: bits(array, buffer: 1), validity: validity))
        case "c": return integers(array, Int8.self, validity)
        case "C": return integers(array, UInt8.self, validity)
        case "s": return integers(array, Int16.self, validity)
        case "S": return integers(array, UInt16.self, validity)
        case "i", "tdD", "tts", "ttm": return integers(array, Int32.self, validity)
        case "I": return integers(array, UInt32.self, validity)
        case "l": return integers(array, Int64.self, validity)
        case "L": return integers(array, UInt64.self, validity)
        case "e":
            return .floating(
                FloatingColumn(values: values(array, Float16.self).map(Double.init), validity: validity))
        case "f":
            return .floating(
                FloatingColumn(values: values(array, Float.self).map(Double.init), validity: validity))
        case "g": return .floating(FloatingColumn(values: values(array, Double.self), validity: validity))
        case "u": return .string(text(array, Int32.self, validity))
        case "U": return .string(text(array, Int64.self, validity))
        case "z": return .binary(text(array, Int32.self, validity))
        case "Z": return .binary(text(array, Int64.self, validity))
        case "vu": return .string(views(array, validity))
        case "vz": return .binary(views(array, validity))
        case "+s": return try structure(array, schema, validity)
        case "+l", "+m": return try list(array, schema, offsets(array, Int32.self), validity)
        case "+L": return try list(array, schema, offsets(array, Int64.self), validity)
        default:
            if format.hasPrefix("+w:"), let width = Int(format.dropFirst(3)) {
                let first = Int(array.offset) * width
                return try list(array, schema, (0...count).map { first + $0 * width }, validity)
            }
            if format.hasPrefix("t") { return integers(array, Int64.self, validity) }
            if format.hasPrefix("w:"), let width = Int(format.dropFirst(2)) {
                return .binary(fixed(array, width, validity))
            }
            if format.hasPrefix("d:") { return .string(decimals(array, format, validity)) }
            throw ColumnsError("the column type '\(format)' is not supported")
        }
    }

    static func validity(_ array: ArrowArray) -> Validity {
        guard array.null_count != 0, array.n_buffers > 0, array.buffers?[0] != nil else {
            return Validity(nil)
        }
        return Validity(bits(array, buffer: 0))
    }

    /// The bits of a buffer, least significant first.
    private static func bits(_ array: ArrowArray, buffer: Int) -> [Bool] {
        guard let pointer = array.buffers[buffer] else {
            return Array(repeating: false, count: Int(array.length))
        }
        let first = Int(array.offset)
        return (0..<Int(array.length)).map { row in
            // A bitmap covers offset + length bits.
            let byte = pointer.load(fromByteOffset: (first + row) >> 3, as: UInt8.self)
            return byte >> UInt8((first + row) & 7) & 1 == 1
        }
    }

    private static func values<Number: BitwiseCopyable>(_ array: ArrowArray, _ type: Number.Type) -> [Number]
    {
        guard array.length > 0, let pointer = array.buffers[1] else { return [] }
        // A buffer of values covers offset + length of them.
        let base = pointer.assumingMemoryBound(to: type).advanced(by: Int(array.offset))
        return Array(UnsafeBufferPointer(start: base, count: Int(array.length)))
    }

    private static func integers<Number: FixedWidthInteger & BitwiseCopyable>(
        _ array: ArrowArray, _ type: Number.Type, _ validity: Validity
    ) -> Column {
        let values = values(array, type)
        if let same = values as? [Int64] { return .integer(IntegerColumn(values: same, validity: validity)) }
        return .integer(IntegerColumn(values: values.map { Int64(clamping: $0) }, validity: validity))
    }

    /// The offsets of a list or text array; one more than there are values.
    private static func offsets<Number: FixedWidthInteger>(_ array: ArrowArray, _ type: Number.Type) -> [Int]
    {
        guard array.length > 0, let pointer = array.buffers[1] else { return [0] }
        // A buffer of offsets covers offset + length + 1 of them.
        let base = pointer.assumingMemoryBound(to: type).advanced(by: Int(array.offset))
        return UnsafeBufferPointer(start: base, count: Int(array.length) + 1).map { Int($0) }
    }

    private static func text<Number: FixedWidthInteger>(
        _ array: ArrowArray, _ type: Number.Type, _ validity: Validity
    ) -> StringColumn {
        let offsets = offsets(array, type)
        let first = offsets[0]
        let end = offsets[offsets.count - 1]
        guard end > first, let pointer = array.buffers[2] else {
            return StringColumn(bytes: [], offsets: offsets.map { $0 - first }, validity: validity)
        }
        // The data buffer reaches to the last offset.
        let bytes = Array(UnsafeRawBufferPointer(start: pointer.advanced(by: first), count: end - first))
        return StringColumn(
            bytes: bytes, offsets: first == 0 ? offsets : offsets.map { $0 - first }, validity: validity)
    }

    /// Texts as views: 4 bytes of length, then up to 12 bytes in place, or a prefix, a buffer and an offset.
    private static func views(_ array: ArrowArray, _ validity: Validity) -> StringColumn {
        var builder = StringColumn.Builder()
        guard let pointer = array.buffers[1] else { return builder.finish() }
        for row in 0..<Int(array.length) {
            if validity.isNull(row) {
                builder.appendNull()
                continue
            }
            // A view is 16 bytes; Arrow guarantees that buffer, offset and length are within bounds.
            let view = pointer.advanced(by: 16 * (Int(array.offset) + row))
            let length = Int(view.load(as: Int32.self))
            var start = view.advanced(by: 4)
            if length > 12 {
                let buffer = Int(view.load(fromByteOffset: 8, as: Int32.self))
                let offset = Int(view.load(fromByteOffset: 12, as: Int32.self))
                guard let data = array.buffers[2 + buffer] else { continue }
                start = data.advanced(by: offset)
            }
            builder.append(utf8: UnsafeRawBufferPointer(start: start, count: length))
        }
        return builder.finish()
    }

    private static func fixed(_ array: ArrowArray, _ width: Int, _ validity: Validity) -> StringColumn {
        let count = Int(array.length)
        guard count > 0, let pointer = array.buffers[1] else {
            return StringColumn(bytes: [], offsets: [0], validity: validity)
        }
        // The buffer covers (offset + length) × width bytes.
        let start = pointer.advanced(by: Int(array.offset) * width)
        return StringColumn(
            bytes: Array(UnsafeRawBufferPointer(start: start, count: count * width)),
            offsets: (0...count).map { $0 * width }, validity: validity)
    }

    private static func structure(
        _ array: ArrowArray, _ schema: ArrowSchema, _ validity: Validity
    ) throws(ColumnsError) -> Column {
        var members: [StructureColumn.Member] = []
        for index in 0..<Int(schema.n_children) {
            guard let childSchema = schema.children[index], let child = array.children[index] else {
                continue
            }
            var window = child.pointee
            // A structure's offset and length apply to its members.
            window.offset += array.offset
            window.length = array.length
            if array.offset != 0 { window.null_count = -1 }
            members.append(
                StructureColumn.Member(
                    childSchema.pointee.name.map { String(cString: $0) } ?? "",
                    try column(window, childSchema.pointee)))
        }
        return .structure(StructureColumn(members: members, count: Int(array.length), validity: validity))
    }

    private static func list(
        _ array: ArrowArray, _ schema: ArrowSchema, _ offsets: [Int], _ validity: Validity
    ) throws(ColumnsError) -> Column {
        guard let childSchema = schema.children?[0], let child = array.children?[0] else {
            throw ColumnsError("a list has no values")
        }
        let first = offsets[0]
        var window = child.pointee
        window.offset += Int64(first)
        window.length = Int64(offsets[offsets.count - 1] - first)
        if window.null_count != 0 { window.null_count = -1 }
        return .list(
            ListColumn(
                offsets: offsets.map { $0 - first }, validity: validity,
                elements: try column(window, childSchema.pointee)))
    }

    /// A dictionary-encoded array with its values put in.
    private static func decoded(
        _ array: ArrowArray, _ schema: ArrowSchema, _ dictionary: ArrowArray, _ valueSchema: ArrowSchema
    ) throws(ColumnsError) -> Column {
        var plainSchema = schema
        plainSchema.dictionary = nil
        var plain = array
        plain.dictionary = nil
        guard case .integer(let indices) = try column(plain, plainSchema) else {
            throw ColumnsError("a dictionary's indices are no integers")
        }
        let values = try column(dictionary, valueSchema)
        guard values.count > 0 else { return values.selecting([]) }
        let isInBounds = indices.values.indices.allSatisfy {
            indices.isNull($0) || (0..<Int64(values.count)).contains(indices.values[$0])
        }
        guard isInBounds else { throw ColumnsError("a dictionary's index is out of bounds") }
        guard case .string(let texts) = values else {
            return values.selecting(indices.values.map { Int($0) })
        }
        var builder = StringColumn.Builder()
        for row in 0..<indices.count {
            if let index = indices[row], let text = texts.utf8(at: Int(index)) {
                builder.append(utf8: text)
            } else {
                builder.appendNull()
            }
        }
        return .string(builder.finish())
    }

    /// 128-bit decimals (`d:precision,scale`) as text.
    private static func decimals(_ array: ArrowArray, _ format: String, _ validity: Validity) -> StringColumn
    {
        let numbers = format.dropFirst(2).split(separator: ",").compactMap { Int($0) }
        let scale = numbers.count > 1 ? numbers[1] : 0
        let width = numbers.count > 2 ? numbers[2] / 8 : 16
        guard width == 16, let pointer = array.buffers[1] else {
            return StringColumn([String?](repeating: nil, count: Int(array.length)))
        }
        return StringColumn(
            (0..<Int(array.length)).map { row -> String? in
                if validity.isNull(row) { return nil }
                // The buffer covers offset + length values of 16 bytes.
                let value = pointer.loadUnaligned(
                    fromByteOffset: 16 * (Int(array.offset) + row), as: Int128.self)
                let digits = String(value.magnitude)
                let sign = value < 0 ? "-" : ""
                guard scale > 0 else { return sign + digits + String(repeating: "0", count: -scale) }
                let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
                return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
            })
    }
}
