import Texts

/// A value in a record of an input file of any format: a table cell, a JSON value, a Python literal.
///
/// Texts are slices of the input where possible, to avoid copying.
indirect enum RecordValue: Sendable {
    /// Nothing.
    case null
    /// A text.
    case text(ArraySlice<UInt8>)
    /// A number or Boolean, as written.
    case scalar(ArraySlice<UInt8>)
    /// Values in order.
    case list([RecordValue])
    /// Named values, in order.
    case record([(name: String, value: RecordValue)])
    /// A value that cannot be read, and a description of it.
    case foreign(String)

    /// The maximum depth of nesting.
    static let depthLimit = 32

    /// A record's first non-null value with one of some names; nil if there is none.
    subscript(names: String...) -> RecordValue? {
        guard case .record(let members) = self else { return nil }
        for name in names {
            for member in members where member.name.hasSameBytes(as: name) {
                if case .null = member.value { continue }
                return member.value
            }
        }
        return nil
    }

    /// Whether this is a record with a member of one of some names, which may be null.
    func hasMember(_ names: String...) -> Bool {
        guard case .record(let members) = self else { return false }
        return members.contains { member in names.contains { member.name.hasSameBytes(as: $0) } }
    }

    /// The bytes of a text or scalar; nil for anything else.
    var bytes: ArraySlice<UInt8>? {
        switch self {
        case .text(let bytes), .scalar(let bytes): bytes
        case .null, .list, .record, .foreign: nil
        }
    }

    /// The beginning of a text or scalar, for comparing with known words; nil for anything else.
    var word: String? { bytes.map { String(decoding: $0.prefix(200), as: UTF8.self) } }

    /// The number in a scalar or text; nil if it is not a number.
    var number: Double? { word.flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } }

    /// Whether this is the Boolean true.
    var isTrue: Bool { ["true", "True", "1"].contains(word) }

    /// The kind of value, for messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .text: "a text"
        case .scalar: "a number or Boolean"
        case .list: "a list"
        case .record: "a record"
        case .foreign(let name): name
        }
    }
}
