/// The values of one column, of one type.
public indirect enum Column: Sendable {
    case boolean(BooleanColumn)
    case integer(IntegerColumn)
    case floating(FloatingColumn)
    case string(StringColumn)
    case binary(StringColumn)
    case list(ListColumn)
    case structure(StructureColumn)
    /// Nothing but nulls.
    case null(count: Int)

    /// The number of values, nulls included.
    public var count: Int {
        switch self {
        case .boolean(let column): column.count
        case .integer(let column): column.count
        case .floating(let column): column.count
        case .string(let column), .binary(let column): column.count
        case .list(let column): column.count
        case .structure(let column): column.count
        case .null(let count): count
        }
    }

    /// What the values are.
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
        }
    }

    /// True where the value is null.
    public func isNull(_ row: Int) -> Bool {
        switch self {
        case .boolean(let column): column.isNull(row)
        case .integer(let column): column.isNull(row)
        case .floating(let column): column.isNull(row)
        case .string(let column), .binary(let column): column.isNull(row)
        case .list(let column): column.isNull(row)
        case .structure(let column): column.isNull(row)
        case .null: true
        }
    }

    /// The values of the given rows, in their order.
    public func selecting(_ rows: [Int]) -> Column {
        switch self {
        case .boolean(let column): .boolean(BooleanColumn(rows.map { column[$0] }))
        case .integer(let column): .integer(IntegerColumn(rows.map { column[$0] }))
        case .floating(let column): .floating(FloatingColumn(rows.map { column[$0] }))
        case .string(let column): .string(column.selecting(rows))
        case .binary(let column): .binary(column.selecting(rows))
        case .list(let column): .list(column.selecting(rows))
        case .structure(let column): .structure(column.selecting(rows))
        case .null: .null(count: rows.count)
        }
    }
}

/// Which values of a column are there; no list where all are.
struct Validity: Sendable {
    private let flags: [Bool]?

    init(_ flags: [Bool]?) { self.flags = flags.flatMap { $0.allSatisfy { $0 } ? nil : $0 } }

    func isNull(_ row: Int) -> Bool { flags.map { !$0[row] } ?? false }
    var hasNulls: Bool { flags != nil }
    func nullCount() -> Int { flags?.reduce(0) { $0 + ($1 ? 0 : 1) } ?? 0 }
}

/// Whole numbers.
public struct IntegerColumn: Sendable {
    /// The values; 0 where null.
    public let values: [Int64]
    let validity: Validity

    /// A column of values without nulls.
    public init(_ values: [Int64]) {
        self.values = values
        validity = Validity(nil)
    }

    /// A column of values and nulls.
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
    /// True where the value is null.
    public func isNull(_ row: Int) -> Bool { validity.isNull(row) }
    /// The value of a row, or nil where null.
    public subscript(row: Int) -> Int64? { isNull(row) ? nil : values[row] }
}

/// Numbers in double precision.
public struct FloatingColumn: Sendable {
    /// The values; 0 where null.
    public let values: [Double]
    let validity: Validity

    /// A column of values without nulls.
    public init(_ values: [Double]) {
        self.values = values
        validity = Validity(nil)
    }

    /// A column of values and nulls.
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
    /// True where the value is null.
    public func isNull(_ row: Int) -> Bool { validity.isNull(row) }
    /// The value of a row, or nil where null.
    public subscript(row: Int) -> Double? { isNull(row) ? nil : values[row] }
}

/// True and false.
public struct BooleanColumn: Sendable {
    /// The values; false where null.
    public let values: [Bool]
    let validity: Validity

    /// A column of values without nulls.
    public init(_ values: [Bool]) {
        self.values = values
        validity = Validity(nil)
    }

    /// A column of values and nulls.
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
    /// True where the value is null.
    public func isNull(_ row: Int) -> Bool { validity.isNull(row) }
    /// The value of a row, or nil where null.
    public subscript(row: Int) -> Bool? { isNull(row) ? nil : values[row] }
}
