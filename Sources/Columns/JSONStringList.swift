/// Lists of texts as JSON in table cells: the hot loop of reading them.
public enum JSONStringList: Sendable {
    /// Decodes a cell such as `["Hello","How \u0061re you?",null]`.
    ///
    /// It takes what JSON encoders write, and raw control characters. An unpaired surrogate becomes U+FFFD. Eight bytes are
    /// looked at, and copied, at a time. O(cell).
    ///
    /// - Parameters:
    ///   - cell: valid UTF-8.
    ///   - quotesAreDoubled: true where each quote stands twice, as it does in a quoted field of a CSV file.
    ///   - limit: the most elements.
    ///   - text: gets the texts one after another.
    ///   - ends: gets where each text ends; a null is empty.
    ///   - nulls: gets which elements are null.
    /// - Returns: false where the cell is no such list; what was added then means nothing.
    public static func decode(
        _ cell: Span<UInt8>, quotesAreDoubled: Bool, limit: Int, text: inout [UInt8], ends: inout [Int],
        nulls: inout [Bool]
    ) -> Bool {
        var isList = false
        let before = text.count
        // A text is no longer than its JSON; whole words are written, so there is room for one more.
        text.append(addingCapacity: cell.count + 8) { output in
            output.withUnsafeMutableBufferPointer { target, count in
                cell.withUnsafeBufferPointer { source in
                    guard let source = source.baseAddress, let target = target.baseAddress else { return }
                    var decoder = Decoder(
                        source: source, end: cell.count, target: target, quote: quotesAreDoubled ? 2 : 1)
                    isList = decoder.list(limit: limit, base: before, ends: &ends, nulls: &nulls)
                    count = decoder.written
                }
            }
        }
        return isList
    }
}

/// Reads from `source[..<end]` and writes to `target`, which has room for as many bytes and a word.
private struct Decoder {
    let source: UnsafePointer<UInt8>
    let end: Int
    let target: UnsafeMutablePointer<UInt8>
    /// How many bytes a quote takes.
    let quote: Int
    var index = 0
    var written = 0

    mutating func list(limit: Int, base: Int, ends: inout [Int], nulls: inout [Bool]) -> Bool {
        guard take(UInt8(ascii: "[")) else { return false }
        if take(UInt8(ascii: "]")) { return isAtEnd() }
        var count = 0
        repeat {
            guard count < limit else { return false }
            skipSpace()
            if takeQuote() {
                guard string() else { return false }
                nulls.append(false)
            } else {
                guard takeNull() else { return false }
                nulls.append(true)
            }
            ends.append(base + written)
            count += 1
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) && isAtEnd()
    }

    private mutating func skipSpace() {
        while index < end {
            switch source[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
            default: return
            }
        }
    }

    private mutating func isAtEnd() -> Bool {
        skipSpace()
        return index == end
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard index < end, source[index] == byte else { return false }
        index &+= 1
        return true
    }

    /// Passes over a quote, which may be two bytes.
    @inline(__always)
    private mutating func takeQuote() -> Bool {
        guard index &+ quote <= end, source[index] == 0x22, source[index &+ quote &- 1] == 0x22 else {
            return false
        }
        index &+= quote
        return true
    }

    private mutating func takeNull() -> Bool {
        guard index &+ 4 <= end, source[index] == UInt8(ascii: "n"), source[index &+ 1] == UInt8(ascii: "u"),
            source[index &+ 2] == UInt8(ascii: "l"), source[index &+ 3] == UInt8(ascii: "l")
        else { return false }
        index &+= 4
        return true
    }

    /// The text up to the closing quote, and the quote.
    private mutating func string() -> Bool {
        while true {
            copyPlain()
            guard index < end else { return false }
            if source[index] == 0x22 { return takeQuote() }
            // In some scripts, every character is escaped, so escapes come in runs.
            while index < end, source[index] == 0x5C {
                guard escape() else { return false }
            }
        }
    }

    /// Copies up to the next quote or backslash.
    @inline(__always)
    private mutating func copyPlain() {
        let raw = UnsafeRawPointer(source)
        let output = UnsafeMutableRawPointer(target)
        while index &+ 8 <= end {
            // Eight bytes can be read, and written ≤ index leaves room to write eight more.
            let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            output.storeBytes(of: word, toByteOffset: written, as: UInt64.self)
            // The lowest marked byte is the first that is a quote or a backslash.
            let marks = zeros(word ^ 0x2222_2222_2222_2222) | zeros(word ^ 0x5C5C_5C5C_5C5C_5C5C)
            guard marks == 0 else {
                let count = marks.trailingZeroBitCount >> 3
                index &+= count
                written &+= count
                return
            }
            index &+= 8
            written &+= 8
        }
        while index < end, source[index] != 0x22, source[index] != 0x5C {
            write(source[index])
            index &+= 1
        }
    }

    /// Marks the zero bytes of a word, and perhaps some above the lowest.
    @inline(__always)
    private func zeros(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }

    @inline(__always)
    private mutating func write(_ byte: UInt8) {
        // Every byte written corresponds to at least one byte read.
        target[written] = byte
        written &+= 1
    }

    @inline(__always)
    private mutating func escape() -> Bool {
        guard index &+ 1 < end else { return false }
        let letter = source[index &+ 1]
        index &+= 1
        switch letter {
        case UInt8(ascii: "u"):
            index &+= 1
            return unicode()
        case 0x22:
            write(0x22)
            return takeQuote()
        case UInt8(ascii: "n"): write(0x0A)
        case 0x5C, UInt8(ascii: "/"): write(letter)
        case UInt8(ascii: "t"): write(0x09)
        case UInt8(ascii: "r"): write(0x0D)
        case UInt8(ascii: "b"): write(0x08)
        case UInt8(ascii: "f"): write(0x0C)
        default: return false
        }
        index &+= 1
        return true
    }

    @inline(__always)
    private mutating func unicode() -> Bool {
        guard var scalar = unit(at: index) else { return false }
        index &+= 4
        if scalar & 0xF800 == 0xD800 {
            if scalar < 0xDC00, index &+ 6 <= end, source[index] == 0x5C,
                source[index &+ 1] == UInt8(ascii: "u"),
                let low = unit(at: index &+ 2), low & 0xFC00 == 0xDC00
            {
                scalar = 0x10000 &+ (scalar &- 0xD800) << 10 &+ (low &- 0xDC00)
                index &+= 6
            } else {
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
        let a = digit(source[index])
        let b = digit(source[index &+ 1])
        let c = digit(source[index &+ 2])
        let d = digit(source[index &+ 3])
        guard (a | b | c | d) < 16 else { return nil }
        return a << 12 | b << 8 | c << 4 | d
    }

    /// A digit's value; 16 or more for other bytes.
    @inline(__always)
    private func digit(_ byte: UInt8) -> UInt32 {
        let number = UInt32(byte) &- 0x30
        let letter = (UInt32(byte) | 0x20) &- 0x61
        return number < 10 ? number : letter < 6 ? letter &+ 10 : 255
    }
}
