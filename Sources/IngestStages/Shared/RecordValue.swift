/// A value of a record of an outside file, whatever the file: a table's cell, a JSON value, a Python literal.
///
/// Texts are slices of what was read, so that a value is made without copying them where that can be helped.
indirect enum RecordValue: Sendable {
    /// Nothing.
    case null
    /// A text.
    case text(ArraySlice<UInt8>)
    /// A number or a truth value, as it is written.
    case scalar(ArraySlice<UInt8>)
    /// Values in order.
    case list([RecordValue])
    /// Named values, in order.
    case record([(name: String, value: RecordValue)])
    /// A value that cannot be read, and what it is.
    case foreign(String)

    /// How deeply values may be nested.
    static let depthLimit = 32

    /// A record's value of one of some names, the first that is there and not null; nil where there is none.
    subscript(names: String...) -> RecordValue? {
        guard case .record(let members) = self else { return nil }
        for name in names {
            for member in members where member.name == name {
                if case .null = member.value { continue }
                return member.value
            }
        }
        return nil
    }

    /// The bytes of a text or scalar; nil for anything else.
    var bytes: ArraySlice<UInt8>? {
        switch self {
        case .text(let bytes), .scalar(let bytes): bytes
        case .null, .list, .record, .foreign: nil
        }
    }

    /// The text of a text or scalar, for words that are compared; nil for anything else.
    var word: String? { bytes.map { String(decoding: $0.prefix(200), as: UTF8.self) } }

    /// The number that a scalar or text holds; nil where it holds none.
    var number: Double? { word.flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } }

    /// True for the truth value.
    var isTrue: Bool { ["true", "True", "1"].contains(word) }

    /// What kind of value it is, for people.
    var kind: String {
        switch self {
        case .null: "null"
        case .text: "a text"
        case .scalar: "a number or truth value"
        case .list: "a list"
        case .record: "a record"
        case .foreign(let name): name
        }
    }
}
