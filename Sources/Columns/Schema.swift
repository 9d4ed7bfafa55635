/// What the values of a column are, once in memory.
///
/// Files know more types. Whole numbers of up to 64 bits become `integer`, dates and times too (in their own unit); halves and
/// singles become `floating`. What has more digits than these hold, decimals and unsigned numbers of 64 bits, becomes a `string`
/// of its digits. Dictionaries and runs become what they stand for.
public indirect enum ColumnType: Sendable, Hashable {
    case boolean
    case integer
    case floating
    case string
    case binary
    case list(ColumnType)
    case structure([Field])
    /// Nothing but nulls.
    case null
    /// Values that have no meaning here, such as those of a union; the text says what they are.
    case foreign(String)
}

extension ColumnType {
    /// Whether some of the values have no meaning here.
    var isForeign: Bool {
        switch self {
        case .foreign: true
        case .list(let element): element.isForeign
        case .structure(let fields): fields.contains { $0.type.isForeign }
        case .boolean, .integer, .floating, .string, .binary, .null: false
        }
    }
}

extension ColumnType: CustomStringConvertible {
    /// The type as people write it: `list<string>`.
    public var description: String {
        switch self {
        case .boolean: "bool"
        case .integer: "int64"
        case .floating: "double"
        case .string: "string"
        case .binary: "binary"
        case .list(let element): "list<\(element)>"
        case .structure(let fields):
            "struct<" + fields.map { "\($0.name): \($0.type)" }.joined(separator: ", ") + ">"
        case .null: "null"
        case .foreign(let name): name
        }
    }
}

/// A named column or member.
public struct Field: Sendable, Hashable {
    /// The name.
    public let name: String
    /// What its values are.
    public let type: ColumnType
    /// Whether it may hold nulls.
    public let isNullable: Bool

    /// A field of its parts.
    public init(_ name: String, _ type: ColumnType, isNullable: Bool = true) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }
}

/// The columns of a table.
public struct Schema: Sendable, Hashable {
    /// The columns, in order.
    public let fields: [Field]

    /// A schema of its fields.
    public init(_ fields: [Field]) { self.fields = fields }

    /// The columns' names, in order.
    public var names: [String] { fields.map(\.name) }
}
