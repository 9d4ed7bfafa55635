internal import CArrowInterface

/// The column types for types of the Arrow C data interface, by their format strings.
enum ArrowType {
    /// The maximum nesting depth of a type.
    static let maximumDepth = 32

    /// The field that a schema describes.
    static func field(_ schema: ArrowSchema, depth: Int = 0) -> Field {
        let name = schema.name.map { String(cString: $0) } ?? ""
        return Field(
            name, columnType(schema, depth: depth),
            isNullable: schema.flags & Int64(ARROW_FLAG_NULLABLE) != 0,
            isTime: holdsTimes(schema, depth: depth))
    }

    /// Whether values, or what dictionaries and runs are made of, are dates or times.
    private static func holdsTimes(_ schema: ArrowSchema, depth: Int) -> Bool {
        guard depth < maximumDepth else { return false }
        if let dictionary = schema.dictionary { return holdsTimes(dictionary.pointee, depth: depth + 1) }
        let format = String(cString: schema.format)
        if format == "+r", schema.n_children == 2, let values = schema.children?[1] {
            return holdsTimes(values.pointee, depth: depth + 1)
        }
        return isTime(format)
    }

    static func columnType(_ schema: ArrowSchema, depth: Int) -> ColumnType {
        guard depth < maximumDepth else { return .foreign("values nested more than \(maximumDepth) deep") }
        if let dictionary = schema.dictionary { return columnType(dictionary.pointee, depth: depth + 1) }
        func child(_ index: Int) -> ColumnType {
            guard index < Int(schema.n_children), let child = schema.children?[index] else {
                return .foreign("values without a type")
            }
            return columnType(child.pointee, depth: depth + 1)
        }
        let format = String(cString: schema.format)
        switch format {
        case "n": return .null
        case "b": return .boolean
        case "c", "C", "s", "S", "i", "I", "l": return .integer
        case "e", "f", "g": return .floating
        case "u", "U", "vu", "L": return .string
        case "z", "Z", "vz": return .binary
        case "+s":
            var fields: [Field] = []
            for index in 0..<Int(schema.n_children) {
                guard let child = schema.children?[index] else { continue }
                fields.append(field(child.pointee, depth: depth + 1))
            }
            return .structure(fields)
        case "+l", "+L", "+m", "+vl", "+vL": return .list(child(0))
        case "+r": return child(1)
        default:
            if format.hasPrefix("+w:") { return .list(child(0)) }
            if isUUID(schema) { return .string }
            if format.hasPrefix("w:") { return .binary }
            if format.hasPrefix("d:") { return .string }
            return Self.isTime(format) ? .integer : .foreign(foreignName(format))
        }
    }

    /// Whether values are UUIDs, which are 16 bytes in files and 36 characters everywhere else.
    static func isUUID(_ schema: ArrowSchema) -> Bool {
        guard let metadata = schema.metadata, String(cString: schema.format) == "w:16" else { return false }
        // A count, and as many pairs of texts, each with its length before it; all lengths have 4 bytes, and are Arrow's own.
        let start = UnsafeRawPointer(metadata)
        var place = 4
        func text() -> UnsafeRawBufferPointer {
            let count = Int(start.loadUnaligned(fromByteOffset: place, as: Int32.self))
            defer { place += 4 + count }
            return UnsafeRawBufferPointer(start: start + place + 4, count: count)
        }
        for _ in 0..<max(0, start.loadUnaligned(as: Int32.self)) {
            let (name, value) = (text(), text())
            if name.elementsEqual("ARROW:extension:name".utf8) {
                return value.elementsEqual("arrow.uuid".utf8)
            }
        }
        return false
    }

    /// Whether a format is a date, time, timestamp or duration, all of which are integers.
    static func isTime(_ format: String) -> Bool {
        ["td", "tt", "ts", "tD"].contains { format.hasPrefix($0) }
    }

    /// A description of values whose type is not supported.
    static func foreignName(_ format: String) -> String {
        if format.hasPrefix("+u") { return "values of a union of types" }
        if format.hasPrefix("ti") { return "calendar intervals" }
        return "values of the type '\(format)'"
    }
}
