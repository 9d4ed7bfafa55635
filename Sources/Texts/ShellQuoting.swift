extension String {
    /// The text quoted as one word for the shell, whatever its bytes.
    ///
    /// A shell sees bytes: an apostrophe followed by a combining accent is one `Character`, which is not equal to an
    /// apostrophe, but still ends a quoted text.
    package var shellQuoted: String {
        let isPlain = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/._-+=:@%,".utf8.contains(byte)
            }
        }
        if isPlain && !isEmpty { return self }
        var word = [UInt8(ascii: "'")]
        for byte in utf8 {
            if byte == UInt8(ascii: "'") { word += Array("'\\''".utf8) } else { word.append(byte) }
        }
        word.append(UInt8(ascii: "'"))
        return String(decoding: word, as: UTF8.self)
    }
}
