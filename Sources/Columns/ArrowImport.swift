internal import CArrowInterface

/// Copies arrays in the Arrow C data interface into columns.
///
/// Arrays come from Arrow itself (which validates those in IPC files), so their lengths and offsets are correct. A buffer may
/// be missing if all of its values would be null; in every layout, only the bitmap decides which values are null.
enum ArrowImport {
    /// The most values that the runs or list views of one batch may become: a file of a few bytes can ask for any number.
    private static let mostExpanded = 1 << 28

    /// The column of an array.
    static func column(_ array: ArrowArray, _ schema: ArrowSchema, depth: Int = 0) throws(ColumnsError)
        -> Column
    {
        let count = Int(array.length)
        // The type's reader stops at the same depth.
        guard depth < ArrowType.maximumDepth else {
            guard case .foreign(let name) = ArrowType.columnType(schema, depth: depth) else {
                return .null(count: count)
            }
            return .foreign(name, count: count)
        }
        if let dictionary = array.dictionary, let values = schema.dictionary {
            return try decoded(array, schema, dictionary.pointee, values.pointee, depth: depth)
        }
        let format = String(cString: schema.format)
        let validity = validity(array)
        switch format {
        case "n": return .null(count: count)
        case "b": return .boolean(BooleanColumn(values: bits(array, buffer: 1), validity: validity))
        case "c", "C", "s", "S", "i", "I", "l":
            return .integer(IntegerColumn(values: integers(array, format) ?? [], validity: validity))
        case "L":
            let numbers = ArrowBuffers.values(array, UInt64.self)
            return .string(StringColumn(numbers.enumerated().map { validity.isNull($0) ? nil : String($1) }))
        case "e":
            let values = ArrowBuffers.values(array, Float16.self).map(Double.init)
            return .floating(FloatingColumn(values: values, validity: validity))
        case "f":
            let values = ArrowBuffers.values(array, Float.self).map(Double.init)
            return .floating(FloatingColumn(values: values, validity: validity))
        case "g":
            return .floating(
                FloatingColumn(values: ArrowBuffers.values(array, Double.self), validity: validity))
        case "u": return .string(ArrowBuffers.text(array, Int32.self, validity))
        case "U": return .string(ArrowBuffers.text(array, Int64.self, validity))
        case "z": return .binary(ArrowBuffers.text(array, Int32.self, validity))
        case "Z": return .binary(ArrowBuffers.text(array, Int64.self, validity))
        case "vu": return .string(try ArrowBuffers.views(array, validity))
        case "vz": return .binary(try ArrowBuffers.views(array, validity))
        case "+s": return try structure(array, schema, validity, depth: depth)
        case "+l", "+m":
            return try list(array, schema, ArrowBuffers.offsets(array, Int32.self), validity, depth: depth)
        case "+L":
            return try list(array, schema, ArrowBuffers.offsets(array, Int64.self), validity, depth: depth)
        case "+vl": return try listView(array, schema, Int32.self, validity, depth: depth)
        case "+vL": return try listView(array, schema, Int64.self, validity, depth: depth)
        case "+r": return try runs(array, schema, depth: depth)
        default:
            if format.hasPrefix("+w:"), let width = Int(format.dropFirst(3)) {
                let first = Int(array.offset) * width
                let offsets = (0...count).map { first + $0 * width }
                return try list(array, schema, offsets, validity, depth: depth)
            }
            if format.hasPrefix("w:"), let width = Int(format.dropFirst(2)) {
                let bytes = ArrowBuffers.fixed(array, width, validity)
                return ArrowType.isUUID(schema) ? .string(bytes.asUUIDs) : .binary(bytes)
            }
            if format.hasPrefix("d:") { return .string(try DecimalTexts.column(array, format, validity)) }
            if ArrowType.isTime(format), let values = integers(array, format) {
                return .integer(IntegerColumn(values: values, validity: validity))
            }
            return .foreign(ArrowType.foreignName(format), count: count)
        }
    }

    static func validity(_ array: ArrowArray) -> Validity {
        guard array.null_count != 0, array.n_buffers > 0, array.buffers?[0] != nil else {
            return Validity(nil)
        }
        return Validity(bits(array, buffer: 0))
    }

    private static func bits(_ array: ArrowArray, buffer: Int) -> [Bool] {
        ArrowBuffers.bits(array, buffer: buffer)
    }

    /// The integers of an array that fit in 64 bits; nil for other formats.
    private static func integers(_ array: ArrowArray, _ format: String) -> [Int64]? {
        switch format {
        case "c": ArrowBuffers.values(array, Int8.self).map { Int64($0) }
        case "C": ArrowBuffers.values(array, UInt8.self).map { Int64($0) }
        case "s": ArrowBuffers.values(array, Int16.self).map { Int64($0) }
        case "S": ArrowBuffers.values(array, UInt16.self).map { Int64($0) }
        case "i", "tdD", "tts", "ttm": ArrowBuffers.values(array, Int32.self).map { Int64($0) }
        case "I": ArrowBuffers.values(array, UInt32.self).map { Int64($0) }
        case "l": ArrowBuffers.values(array, Int64.self)
        // A dictionary index beyond 2⁶³ is out of bounds, like -1.
        case "L": ArrowBuffers.values(array, UInt64.self).map { Int64(exactly: $0) ?? -1 }
        default: ArrowType.isTime(format) ? ArrowBuffers.values(array, Int64.self) : nil
        }
    }

    private static func structure(
        _ array: ArrowArray, _ schema: ArrowSchema, _ validity: Validity, depth: Int
    ) throws(ColumnsError) -> Column {
        var members: [StructureColumn.Member] = []
        for index in 0..<Int(schema.n_children) {
            guard let childSchema = schema.children?[index], let child = array.children?[index] else {
                continue
            }
            // A structure's offset, length and nulls apply to its members.
            let window = Self.window(child.pointee, from: Int(array.offset), count: Int(array.length))
            let column = try column(window, childSchema.pointee, depth: depth + 1)
            members.append(
                StructureColumn.Member(
                    childSchema.pointee.name.map { String(cString: $0) } ?? "", column.masked(by: validity)))
        }
        return .structure(StructureColumn(members: members, count: Int(array.length), validity: validity))
    }

    private static func list(
        _ array: ArrowArray, _ schema: ArrowSchema, _ offsets: [Int], _ validity: Validity, depth: Int
    ) throws(ColumnsError) -> Column {
        guard let childSchema = schema.children?[0], let child = array.children?[0] else {
            throw ColumnsError("a list has no values")
        }
        let first = offsets[0]
        let window = Self.window(child.pointee, from: first, count: offsets[offsets.count - 1] - first)
        return .list(
            ListColumn(
                offsets: offsets.map { $0 - first }, validity: validity,
                elements: try column(window, childSchema.pointee, depth: depth + 1)))
    }

    /// Lists given by offset and length, in any order.
    private static func listView<Number: FixedWidthInteger & BitwiseCopyable>(
        _ array: ArrowArray, _ schema: ArrowSchema, _ type: Number.Type, _ validity: Validity, depth: Int
    ) throws(ColumnsError) -> Column {
        guard let childSchema = schema.children?[0], let child = array.children?[0] else {
            throw ColumnsError("a list has no values")
        }
        let starts = ArrowBuffers.values(array, type, buffer: 1)
        let lengths = ArrowBuffers.values(array, type, buffer: 2)
        let elements = try column(child.pointee, childSchema.pointee, depth: depth + 1)
        var rows: [Int] = []
        var counts: [Int?] = []
        for (row, (start, length)) in zip(starts, lengths).enumerated() {
            // The place of a null may be any.
            guard !validity.isNull(row) else {
                counts.append(nil)
                continue
            }
            let (end, overflows) = Int(start).addingReportingOverflow(Int(length))
            guard start >= 0, length >= 0, !overflows, end <= elements.count else {
                throw ColumnsError("a list is out of bounds")
            }
            guard rows.count + Int(length) <= mostExpanded else { throw tooMany }
            counts.append(Int(length))
            rows += Int(start)..<end
        }
        return .list(ListColumn(lengths: counts, elements: elements.selecting(rows)))
    }

    /// Runs of equal values: the end and the value of each.
    private static func runs(
        _ array: ArrowArray, _ schema: ArrowSchema, depth: Int
    ) throws(ColumnsError) -> Column {
        guard schema.n_children == 2, let ends = array.children?[0], let endsSchema = schema.children?[0],
            let values = array.children?[1], let valuesSchema = schema.children?[1],
            let ends = integers(ends.pointee, String(cString: endsSchema.pointee.format))
        else { throw ColumnsError("a run-end encoded column is missing its children") }
        guard array.length <= mostExpanded else { throw tooMany }
        let column = try column(values.pointee, valuesSchema.pointee, depth: depth + 1)
        var rows: [Int] = []
        var run = 0
        for place in Int(array.offset)..<Int(array.offset + array.length) {
            while run < ends.count, Int(ends[run]) <= place { run += 1 }
            guard run < column.count else { throw ColumnsError("a run-end encoded column ends early") }
            rows.append(run)
        }
        return column.selecting(rows)
    }

    private static var tooMany: ColumnsError {
        ColumnsError(
            "a batch has more than \(mostExpanded) values in runs or list views; write smaller batches")
    }

    /// A dictionary-encoded array, decoded.
    private static func decoded(
        _ array: ArrowArray, _ schema: ArrowSchema, _ dictionary: ArrowArray, _ valueSchema: ArrowSchema,
        depth: Int
    ) throws(ColumnsError) -> Column {
        guard let indices = integers(array, String(cString: schema.format)) else {
            throw ColumnsError("a dictionary's indices are not integers")
        }
        let validity = validity(array)
        let values = try column(dictionary, valueSchema, depth: depth + 1)
        // The index of a null has no meaning, and the dictionary of an all-null column may be empty.
        let rows = indices.enumerated().map { validity.isNull($0) ? nil : Int($1) }
        guard rows.allSatisfy({ $0.map { (0..<values.count).contains($0) } ?? true }) else {
            throw ColumnsError("a dictionary index is out of bounds")
        }
        return values.gathering(rows)
    }

    /// A part of an array; its nulls have not been counted.
    private static func window(_ array: ArrowArray, from start: Int, count: Int) -> ArrowArray {
        var window = array
        window.offset += Int64(start)
        window.length = Int64(count)
        if window.null_count != 0 { window.null_count = -1 }
        return window
    }
}
