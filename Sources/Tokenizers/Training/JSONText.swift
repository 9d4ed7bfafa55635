/// Writes JSON in the order in which it is called, compact; strings are valid UTF-8.
struct JSONText: Sendable {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    mutating func null() { bytes += Array("null".utf8) }
    mutating func boolean(_ value: Bool) { bytes += Array((value ? "true" : "false").utf8) }
    mutating func integer(_ value: Int) { bytes += Array(String(value).utf8) }
    mutating func string(_ text: String) { string(Array(text.utf8)) }

    mutating func string(_ text: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case ..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func object(_ members: (inout JSONText) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
        members(&self)
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
    }

    mutating func member(_ name: String, _ value: (inout JSONText) -> Void) {
        member(Array(name.utf8), value)
    }

    mutating func member(_ name: [UInt8], _ value: (inout JSONText) -> Void) {
        separate()
        string(name)
        bytes.append(UInt8(ascii: ":"))
        value(&self)
        isFirst = false
    }

    mutating func array<Element>(_ elements: [Element], _ write: (inout JSONText, Element) -> Void) {
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
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }
}
