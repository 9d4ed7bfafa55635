/// Strings: the one place where escapes are decoded, and the hot loop of reading tables and vocabularies.
extension JSONCursor {
    /// What can be wrong with a string.
    enum StringProblem {
        case unterminated
        case escape
        case hexadecimal
        case surrogate
        case control
    }

    /// After an opening quote, writes the text up to the closing quote and skips that.
    mutating func string() -> Bool {
        rules == .strict ? string(isStrict: true) : string(isStrict: false)
    }

    @inline(__always)
    private mutating func string(isStrict: Bool) -> Bool {
        let start = index
        while true {
            copyPlain(isStrict: isStrict)
            guard index < end else { return fail(.unterminated, start) }
            if source[index] == 0x22 { return takeQuote() || fail(.unterminated, start) }
            if isStrict && source[index] < 0x20 { return fail(.control, index) }
            // In some scripts, every character is escaped, so escapes come in runs.
            while index < end, source[index] == 0x5C {
                guard escape(start, isStrict: isStrict) else { return false }
            }
        }
    }

    private mutating func fail(_ kind: StringProblem, _ index: Int) -> Bool {
        problem = (kind, index)
        return false
    }

    /// Copies up to the next special byte, checking and copying eight bytes at a time.
    @inline(__always)
    private mutating func copyPlain(isStrict: Bool) {
        let raw = UnsafeRawPointer(source)
        let output = UnsafeMutableRawPointer(target)
        while index &+ 8 <= end {
            // Eight bytes can be read, and written ≤ index leaves room to write eight more.
            let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            output.storeBytes(of: word, toByteOffset: written, as: UInt64.self)
            // The lowest marked byte is the first quote, backslash or control character.
            var marks = Self.zeros(word ^ 0x2222_2222_2222_2222) | Self.zeros(word ^ 0x5C5C_5C5C_5C5C_5C5C)
            if isStrict { marks |= (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080 }
            guard marks == 0 else {
                let count = marks.trailingZeroBitCount >> 3
                index &+= count
                written &+= count
                return
            }
            index &+= 8
            written &+= 8
        }
        while index < end, source[index] != 0x22, source[index] != 0x5C, !isStrict || source[index] >= 0x20 {
            write(source[index])
            index &+= 1
        }
    }

    /// Marks the zero bytes of a word, and perhaps some above the lowest.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }

    /// The index of the next unescaped quote; `end` if there is none.
    static func closingQuote(_ source: UnsafePointer<UInt8>, from start: Int, end: Int) -> Int {
        let raw = UnsafeRawPointer(source)
        var index = start
        while index < end {
            while index &+ 8 <= end {
                // Eight bytes can be read.
                let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let marks = zeros(word ^ 0x2222_2222_2222_2222) | zeros(word ^ 0x5C5C_5C5C_5C5C_5C5C)
                index &+= marks == 0 ? 8 : marks.trailingZeroBitCount >> 3
                if marks != 0 { break }
            }
            while index < end, source[index] != 0x22, source[index] != 0x5C { index &+= 1 }
            if index >= end || source[index] == 0x22 { break }
            index &+= 2
        }
        return min(index, end)
    }

    @inline(__always)
    private mutating func escape(_ start: Int, isStrict: Bool) -> Bool {
        guard index &+ 1 < end else { return fail(.unterminated, start) }
        let letter = source[index &+ 1]
        index &+= 1
        switch letter {
        case UInt8(ascii: "u"):
            index &+= 1
            return unicode(isStrict: isStrict)
        case 0x22:
            write(0x22)
            return takeQuote() || fail(.escape, index &- 1)
        case UInt8(ascii: "n"): write(0x0A)
        case 0x5C, UInt8(ascii: "/"): write(letter)
        case UInt8(ascii: "t"): write(0x09)
        case UInt8(ascii: "r"): write(0x0D)
        case UInt8(ascii: "b"): write(0x08)
        case UInt8(ascii: "f"): write(0x0C)
        default: return fail(.escape, index &- 1)
        }
        index &+= 1
        return true
    }

    @inline(__always)
    private mutating func unicode(isStrict: Bool) -> Bool {
        guard var scalar = unit(at: index) else { return fail(.hexadecimal, index &- 2) }
        index &+= 4
        if scalar & 0xF800 == 0xD800 {
            if scalar < 0xDC00, index &+ 6 <= end, source[index] == 0x5C,
                source[index &+ 1] == UInt8(ascii: "u"),
                let low = unit(at: index &+ 2), low & 0xFC00 == 0xDC00
            {
                scalar = 0x10000 &+ (scalar &- 0xD800) << 10 &+ (low &- 0xDC00)
                index &+= 6
            } else {
                if isStrict { return fail(.surrogate, index &- 6) }
                scalar = 0xFFFD
            }
        }
        if scalar < 0x80 {
            write(UInt8(truncatingIfNeeded: scalar))
        } else if scalar < 0x800 {
            write(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
            write(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        } else {
            if scalar < 0x10000 {
                write(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
            } else {
                write(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
                write(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
            }
            write(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
            write(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        }
        return true
    }

    /// The value of four hexadecimal digits.
    @inline(__always)
    private func unit(at index: Int) -> UInt32? {
        guard index &+ 4 <= end else { return nil }
        let a = Self.digit(source[index])
        let b = Self.digit(source[index &+ 1])
        let c = Self.digit(source[index &+ 2])
        let d = Self.digit(source[index &+ 3])
        guard (a | b | c | d) < 16 else { return nil }
        return a << 12 | b << 8 | c << 4 | d
    }

    /// A digit's value; 16 or more for other bytes.
    @inline(__always)
    private static func digit(_ byte: UInt8) -> UInt32 {
        let number = UInt32(byte) &- 0x30
        let letter = (UInt32(byte) | 0x20) &- 0x61
        return number < 10 ? number : letter < 6 ? letter &+ 10 : 255
    }

    /// The fault in the string that was refused; offsets count from `source`.
    var fault: JSONFault {
        let reason =
            switch problem.kind {
            case .unterminated: "unterminated string"
            case .escape:
                "invalid escape: '\\' followed by \(JSONFault.name(of: source[min(problem.index + 1, end - 1)]))"
            case .hexadecimal: "\\u must be followed by four hexadecimal digits"
            case .surrogate: "unpaired surrogate"
            case .control:
                "unescaped control character \(JSONFault.name(of: source[problem.index])) in a string"
            }
        return JSONFault(offset: problem.index, reason: reason)
    }
}
