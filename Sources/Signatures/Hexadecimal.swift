/// Bytes as hexadecimal digits.
package enum Hexadecimal: Sendable {
    /// The lowercase digits of bytes.
    package static func text(of bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The bytes of digits; nil if the text is anything else.
    package static func bytes(of text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// The bytes of digits behind a prefix; spaces and line breaks around do not count.
    static func bytes(of text: String, after prefix: String) -> [UInt8]? {
        let spaces: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
        var letters = Array(text.utf8)[...]
        while let first = letters.first, spaces.contains(first) { letters.removeFirst() }
        while let last = letters.last, spaces.contains(last) { letters.removeLast() }
        guard letters.starts(with: prefix.utf8) else { return nil }
        return bytes(of: String(decoding: letters.dropFirst(prefix.utf8.count), as: UTF8.self))
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
