/// The values of one column, of one type.
public indirect enum Column: Sendable {
    case boolean(BooleanColumn)
    case integer(IntegerColumn)
    case floating(FloatingColumn)
    case string(StringColumn)
    case binary(StringColumn)
    case list(ListColumn)
    case structure(StructureColumn)
    /// Only nulls.
    case null(count: Int)
    /// Values of an unsupported type, with a description: using them is an error.
    case foreign(String, count: Int)

    /// The number of values, including nulls.
    public var count: Int {
        switch self {
        case .boolean(let column): column.count
        case .integer(let column): column.count
        case .floating(let column): column.count
        case .string(let column), .binary(let column): column.count
        case .list(let column): column.count
        case .structure(let column): column.count
        case .null(let count), .foreign(_, let count): count
        }
    }

    /// The type of the values.
    public var type: ColumnType {
        switch self {
        case .boolean: .boolean
        case .integer: .integer
        case .floating: .floating
        case .string: .string
        case .binary: .binary
        case .list(let column): .list(column.elements.type)
        case .structure(let column): .structure(column.members.map { Field($0.name, $0.column.type) })
        case .null: .null
        case .foreign(let name, _): .foreign(name)
        }
    }

    /// True if the value is null.
    public func isNull(_ row: Int) -> Bool {
        switch self {
        case .boolean(let column): column.isNull(row)
        case .integer(let column): column.isNull(row)
        case .floating(let column): column.isNull(row)
        case .string(let column), .binary(let column): column.isNull(row)
        case .list(let column): column.isNull(row)
        case .structure(let column): column.isNull(row)
        case .null: true
        case .foreign: false
        }
    }

    /// The values of the given rows, in the given order.
    public func selecting(_ rows: [Int]) -> Column { gathering(rows.map { $0 }) }

    /// The values of the given rows, in the given order; null for nil.
    func gathering(_ rows: [Int?]) -> Column {
        switch self {
        case .boolean(let column): .boolean(BooleanColumn(rows.map { $0.flatMap { column[$0] } }))
        case .integer(let column): .integer(IntegerColumn(rows.map { $0.flatMap { column[$0] } }))
        case .floating(let column): .floating(FloatingColumn(rows.map { $0.flatMap { column[$0] } }))
        case .string(let column): .string(column.gathering(rows))
        case .binary(let column): .binary(column.gathering(rows))
        case .list(let column): .list(column.gathering(rows))
        case .structure(let column): .structure(column.gathering(rows))
        case .null: .null(count: rows.count)
        case .foreign(let name, _): .foreign(name, count: rows.count)
        }
    }

    /// The same values, but also null wherever `other` is.
    func masked(by other: Validity) -> Column {
        guard other.hasNulls else { return self }
        switch self {
        case .boolean(let column):
            return .boolean(BooleanColumn(values: column.values, validity: column.validity.masked(by: other)))
        case .integer(let column):
            return .integer(IntegerColumn(values: column.values, validity: column.validity.masked(by: other)))
        case .floating(let column):
            return .floating(
                FloatingColumn(values: column.values, validity: column.validity.masked(by: other)))
        case .string(let column): return .string(column.masked(by: other))
        case .binary(let column): return .binary(column.masked(by: other))
        case .list(let column):
            return .list(
                ListColumn(
                    offsets: column.offsets, validity: column.validity.masked(by: other),
                    elements: column.elements))
        case .structure(let column):
            return .structure(
                StructureColumn(
                    members: column.members, count: column.count, validity: column.validity.masked(by: other))
            )
        case .null, .foreign: return self
        }
    }
}

/// Which values of a column are valid; no list if all are.
struct Validity: Sendable {
    private let flags: [Bool]?

    init(_ flags: [Bool]?) { self.flags = flags.flatMap { $0.allSatisfy { $0 } ? nil : $0 } }

    func isNull(_ row: Int) -> Bool { flags.map { !$0[row] } ?? false }

    /// What is valid in both.
    func masked(by other: Validity) -> Validity {
        guard let flags, let others = other.flags else { return hasNulls ? self : other }
        return Validity(zip(flags, others).map { $0 && $1 })
    }

    var hasNulls: Bool { flags != nil }
    var firstNull: Int? { flags?.firstIndex(of: false) }
    func nullCount() -> Int { flags?.reduce(0) { $0 + ($1 ? 0 : 1) } ?? 0 }
}

/// Integers.
public struct IntegerColumn: Sendable {
    /// The values; 0 for nulls.
    public let values: [Int64]
    let validity: Validity

    /// A column of values without nulls.
    public init(_ values: [Int64]) {
        self.values = values
        validity = Validity(nil)
    }

    /// A column of values, with nulls.
    public init(_ values: [Int64?]) {
        self.values = values.map { $0 ?? 0 }
        validity = Validity(values.map { $0 != nil })
    }

    init(values: [Int64], validity: Validity) {
        self.values = values
        self.validity = validity
    }

    /// The number of values.
    public var count: Int { values.count }
    /// True if the value is null.
    public func isNull(_ row: Int) -> Bool { validity.isNull(row) }
    /// The value in a row; nil if it is null.
    public subscript(row: Int) -> Int64? { isNull(row) ? nil : values[row] }
}

/// Double-precision numbers.
public struct FloatingColumn: Sendable {
    /// The values; 0 for nulls.
    public let values: [Double]
    let validity: Validity

    /// A column of values without nulls.
    public init(_ values: [Double]) {
        self.values = values
        validity = Validity(nil)
    }

    /// A column of values, with nulls.
    public init(_ values: [Double?]) {
        self.values = values.map { $0 ?? 0 }
        validity = Validity(values.map { $0 != nil })
    }

    init(values: [Double], validity: Validity) {
        self.values = values
        self.validity = validity
    }

    /// The number of values.
    public var count: Int { values.count }
    /// True if the value is null.
    public func isNull(_ row: Int) -> Bool { validity.isNull(row) }
    /// The value in a row; nil if it is null.
    public subscript(row: Int) -> Double? { isNull(row) ? nil : values[row] }
}

/// Booleans.
public struct BooleanColumn: Sendable {
    /// The values; false for nulls.
    public let values: [Bool]
    let validity: Validity

    /// A column of values without nulls.
    public init(_ values: [Bool]) {
        self.values = values
        validity = Validity(nil)
    }

    /// A column of values, with nulls.
    public init(_ values: [Bool?]) {
        self.values = values.map { $0 ?? false }
        validity = Validity(values.map { $0 != nil })
    }

    init(values: [Bool], validity: Validity) {
        self.values = values
        self.validity = validity
    }

    /// The number of values.
    public var count: Int { values.count }
    /// True if the value is null.
    public func isNull(_ row: Int) -> Bool { validity.isNull(row) }
    /// The value in a row; nil if it is null.
    public subscript(row: Int) -> Bool? { isNull(row) ? nil : values[row] }
}
