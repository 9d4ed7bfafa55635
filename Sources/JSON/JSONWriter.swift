/// Writes JSON on one line, in the order of the calls.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private let escaping: JSONEscaping
    private let comma: [UInt8]
    private let colon: [UInt8]
    private var isFirst = true

    /// A writer.
    ///
    /// - Parameter isSpaced: whether a space follows each comma and colon, as in Python's output.
    package init(escaping: JSONEscaping = .necessary, isSpaced: Bool = false) {
        self.escaping = escaping
        comma = Array((isSpaced ? ", " : ",").utf8)
        colon = Array((isSpaced ? ": " : ":").utf8)
    }

    package mutating func null() { bytes += Array("null".utf8) }
    package mutating func boolean(_ value: Bool) { bytes += Array((value ? "true" : "false").utf8) }
    package mutating func integer(_ value: Int) { bytes += Array(String(value).utf8) }

    /// Writes a number with enough digits to distinguish it from its neighbors, or null if it is not finite.
    package mutating func number(_ value: Double) {
        if value.isFinite { bytes += Array("\(value)".utf8) } else { null() }
    }

    package mutating func string(_ text: String) {
        escaping.appendQuoted(Array(text.utf8)[...], to: &bytes)
    }

    /// Writes a text, which must be valid UTF-8.
    package mutating func string(_ text: ArraySlice<UInt8>) { escaping.appendQuoted(text, to: &bytes) }

    /// Writes a value of a document, numbers with the digits that they have there.
    package mutating func value(_ value: JSONDocument.Value, of document: JSONDocument) {
        switch value {
        case .null: null()
        case .boolean(let flag): boolean(flag)
        case .number(let text): bytes += document.bytes(text)
        case .string(let text): string(document.bytes(text))
        case .list(let values): list(values) { $0.value($1, of: document) }
        case .object(let members):
            object { file in
                for member in members {
                    file.member(document.bytes(member.name)) { $0.value(member.value, of: document) }
                }
            }
        }
    }

    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
        members(&self)
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
    }

    package mutating func member(_ name: String, _ value: (inout JSONWriter) -> Void) {
        member(Array(name.utf8)[...], value)
    }

    package mutating func member(_ name: ArraySlice<UInt8>, _ value: (inout JSONWriter) -> Void) {
        separate()
        string(name)
        bytes += colon
        value(&self)
        isFirst = false
    }

    package mutating func list<Elements: Sequence>(
        _ elements: Elements, _ write: (inout JSONWriter, Elements.Element) -> Void
    ) {
        bytes.append(UInt8(ascii: "["))
        isFirst = true
        for element in elements {
            separate()
            write(&self, element)
            isFirst = false
        }
        bytes.append(UInt8(ascii: "]"))
        isFirst = false
    }

    private mutating func separate() {
        if !isFirst { bytes += comma }
        isFirst = false
    }
}
