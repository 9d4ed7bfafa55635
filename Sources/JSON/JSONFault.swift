/// What is wrong with a JSON text, and at which byte.
package struct JSONFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The position, in bytes from the beginning of the text.
    package let offset: Int
    /// What is wrong.
    package let reason: String

    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "\(reason) at byte \(offset)" }

    /// A byte for error messages: `'x'`, or `0x07` if it is not printable.
    package static func name(of byte: UInt8) -> String {
        if byte > 0x20 && byte < 0x7F { return "'" + String(Unicode.Scalar(byte)) + "'" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "0x" + (digits.count < 2 ? "0" : "") + digits
    }
}
