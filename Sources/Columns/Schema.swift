import Texts

/// The type of a column's values in memory.
///
/// Files have more types. Integers of up to 64 bits become `integer`, and so do dates and times (in their own units); half and
/// single precision become `floating`. Numbers with more digits than these can hold, decimals and unsigned 64-bit integers,
/// become a `string` of their digits. Dictionaries and runs are decoded.
public indirect enum ColumnType: Sendable, Hashable {
    case boolean
    case integer
    case floating
    case string
    case binary
    case list(ColumnType)
    case structure([Field])
    /// Only nulls.
    case null
    /// Values of an unsupported type, such as a union; the string describes them.
    case foreign(String)
}

extension ColumnType {
    /// Whether some of the values have an unsupported type.
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
    /// The type in the usual notation: `list<string>`.
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
    /// The type of its values.
    public let type: ColumnType
    /// Whether it may contain nulls.
    public let isNullable: Bool
    /// Whether its integers are dates, times or durations in a unit that is not known here, which names nothing.
    package let isTime: Bool

    package init(_ name: String, _ type: ColumnType, isNullable: Bool = true, isTime: Bool = false) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.isTime = isTime
    }
}

/// The columns of a table.
public struct Schema: Sendable, Hashable {
    /// The columns, in order.
    public let fields: [Field]

    /// A schema with these fields.
    public init(_ fields: [Field]) { self.fields = fields }

    /// The columns' names, in order.
    public var names: [String] { fields.map(\.name) }

    /// Whether a column's integers are dates, times or durations.
    package func holdsTimes(_ name: String) -> Bool {
        fields.contains { $0.isTime && $0.name.hasSameBytes(as: name) }
    }
}
