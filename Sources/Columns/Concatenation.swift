extension Table {
    /// The rows of all tables, one table after another; they must have the same columns.
    public static func concatenating(_ tables: [Table]) throws(ColumnsError) -> Table {
        guard let first = tables.first else { return Table(schema: Schema([]), columns: [], rowCount: 0) }
        guard tables.count > 1 else { return first }
        for table in tables where table.schema.names != first.schema.names {
            throw ColumnsError("the tables have different columns")
        }
        var columns: [Column] = []
        for index in first.columns.indices {
            guard let column = Column.concatenating(tables.map { $0.columns[index] }) else {
                throw ColumnsError(
                    "column '\(first.schema.fields[index].name)' has different types in different tables")
            }
            columns.append(column)
        }
        return Table(
            schema: Schema(
                zip(first.schema.fields, columns).map {
                    Field($0.name, $1.type, isNullable: $0.isNullable, isTime: $0.isTime)
                }),
            columns: columns, rowCount: tables.reduce(0) { $0 + $1.rowCount })
    }
}

extension Column {
    /// The values of all parts; nil if their types differ. Parts that are all null match any type.
    static func concatenating(_ parts: [Column]) -> Column? {
        let typed = parts.filter { part in
            if case .null = part { return false }
            return true
        }
        guard let first = typed.first else { return .null(count: parts.reduce(0) { $0 + $1.count }) }
        let parts = parts.map { part -> Column in
            if case .null(let count) = part { return first.nulls(count) }
            return part
        }
        switch first {
        case .boolean:
            let columns = parts.compactMap { if case .boolean(let column) = $0 { column } else { nil } }
            guard columns.count == parts.count else { return nil }
            return .boolean(
                BooleanColumn(
                    values: columns.flatMap(\.values),
                    validity: .joined(columns.map { ($0.validity, $0.count) })))
        case .integer:
            let columns = parts.compactMap { if case .integer(let column) = $0 { column } else { nil } }
            guard columns.count == parts.count else { return nil }
            return .integer(
                IntegerColumn(
                    values: columns.flatMap(\.values),
                    validity: .joined(columns.map { ($0.validity, $0.count) })))
        case .floating:
            let columns = parts.compactMap { if case .floating(let column) = $0 { column } else { nil } }
            guard columns.count == parts.count else { return nil }
            return .floating(
                FloatingColumn(
                    values: columns.flatMap(\.values),
                    validity: .joined(columns.map { ($0.validity, $0.count) })))
        case .string:
            let columns = parts.compactMap { if case .string(let column) = $0 { column } else { nil } }
            return columns.count == parts.count ? .string(.joined(columns)) : nil
        case .binary:
            let columns = parts.compactMap { if case .binary(let column) = $0 { column } else { nil } }
            return columns.count == parts.count ? .binary(.joined(columns)) : nil
        case .list:
            let columns = parts.compactMap { if case .list(let column) = $0 { column } else { nil } }
            guard columns.count == parts.count, let elements = concatenating(columns.map(\.elements)) else {
                return nil
            }
            return .list(
                ListColumn(
                    offsets: joinedOffsets(columns.map(\.offsets)),
                    validity: .joined(columns.map { ($0.validity, $0.count) }), elements: elements))
        case .structure(let pattern):
            let columns = parts.compactMap { if case .structure(let column) = $0 { column } else { nil } }
            guard columns.count == parts.count else { return nil }
            var members: [StructureColumn.Member] = []
            for member in pattern.members {
                let pieces = columns.compactMap { $0[member.name] }
                guard pieces.count == parts.count, let column = concatenating(pieces) else { return nil }
                members.append(StructureColumn.Member(member.name, column))
            }
            return .structure(
                StructureColumn(
                    members: members, count: columns.reduce(0) { $0 + $1.count },
                    validity: .joined(columns.map { ($0.validity, $0.count) })))
        case .foreign(let name, _):
            guard parts.allSatisfy({ $0.type == first.type }) else { return nil }
            return .foreign(name, count: parts.reduce(0) { $0 + $1.count })
        case .null: return nil
        }
    }

    /// `count` nulls in a column of this type.
    private func nulls(_ count: Int) -> Column { selecting([]).extended(byNulls: count) }

    private func extended(byNulls count: Int) -> Column {
        let none = Validity([Bool](repeating: false, count: count))
        switch self {
        case .boolean:
            return .boolean(BooleanColumn(values: Array(repeating: false, count: count), validity: none))
        case .integer:
            return .integer(IntegerColumn(values: Array(repeating: 0, count: count), validity: none))
        case .floating:
            return .floating(FloatingColumn(values: Array(repeating: 0, count: count), validity: none))
        case .string: return .string(StringColumn([String?](repeating: nil, count: count)))
        case .binary: return .binary(StringColumn([String?](repeating: nil, count: count)))
        case .list(let column):
            return .list(ListColumn(lengths: Array(repeating: nil, count: count), elements: column.elements))
        case .structure(let column):
            let members = column.members.map {
                StructureColumn.Member($0.name, $0.column.extended(byNulls: count))
            }
            return .structure(StructureColumn(members: members, count: count, validity: none))
        case .null: return .null(count: count)
        case .foreign(let name, _): return .foreign(name, count: count)
        }
    }
}

extension Validity {
    static func joined(_ parts: [(validity: Validity, count: Int)]) -> Validity {
        guard parts.contains(where: { $0.validity.hasNulls }) else { return Validity(nil) }
        return Validity(parts.flatMap { part in (0..<part.count).map { !part.validity.isNull($0) } })
    }
}

extension StringColumn {
    static func joined(_ parts: [StringColumn]) -> StringColumn {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parts.reduce(0) { $0 + $1.bytes.count })
        for part in parts { bytes += part.bytes }
        return StringColumn(
            bytes: bytes, offsets: joinedOffsets(parts.map(\.offsets)),
            validity: .joined(parts.map { ($0.validity, $0.count) }))
    }
}

/// The offsets of parts, each starting at 0, as offsets into their concatenation.
private func joinedOffsets(_ parts: [[Int]]) -> [Int] {
    var result = [0]
    result.reserveCapacity(parts.reduce(1) { $0 + $1.count - 1 })
    for part in parts {
        let base = result[result.count - 1]
        for offset in part.dropFirst() { result.append(base + offset) }
    }
    return result
}
