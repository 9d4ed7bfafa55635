/// A position in a source file, and the common parts of the tokenizers.
struct SourceCursor {
    let bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    /// The byte at an offset; 0 beyond the end.
    func byte(_ offset: Int = 0) -> UInt8 {
        let index = position + offset
        return index < bytes.count ? bytes[index] : 0
    }

    func isAt(_ first: Unicode.Scalar, _ offset: Int = 0) -> Bool {
        position + offset < bytes.count && UInt32(bytes[position + offset]) == first.value
    }

    func isAt(_ first: Unicode.Scalar, then second: Unicode.Scalar) -> Bool {
        isAt(first) && isAt(second, 1)
    }

    /// The gap between two tokens.
    struct Gap {
        var isEmpty = true
        var hasNewline = false
    }

    /// Advances to the next token.
    ///
    /// - Parameter skipComment: skips a comment or anything else that counts as space; false if there is none.
    mutating func skipGap(_ skipComment: (inout SourceCursor) -> Bool) -> Gap {
        var gap = Gap()
        while !isAtEnd {
            if !skipComment(&self) {
                guard Self.isSpace(byte()) else { break }
                if isAt("\n") { gap.hasNewline = true }
                position += 1
            }
            gap.isEmpty = false
        }
        return gap
    }

    /// Advances to the end of the line, before the line break.
    mutating func skipLine() {
        while !isAtEnd, byte() != UInt8(ascii: "\n") { position += 1 }
    }

    /// Letters, digits, `_`, `$`, and every byte of what is not ASCII.
    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
            true
        default: false
        }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) || byte == 0 }

    static func isOperator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "!"),
            UInt8(ascii: "*"), UInt8(ascii: "%"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"),
            UInt8(ascii: "|"), UInt8(ascii: "^"), UInt8(ascii: "~"), UInt8(ascii: "?"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
