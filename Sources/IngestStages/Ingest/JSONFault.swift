/// What is wrong with a JSON text, and at which byte.
struct JSONFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The position, in bytes from the beginning of the text.
    let offset: Int
    /// What is wrong.
    let reason: String

    var description: String { "\(reason) at byte \(offset)" }

    /// A byte for people: `'x'`, or `0x07` where it cannot be seen.
    static func name(of byte: UInt8) -> String {
        if byte > 0x20 && byte < 0x7F { return "'" + String(Unicode.Scalar(byte)) + "'" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "0x" + (digits.count < 2 ? "0" : "") + digits
    }
}
