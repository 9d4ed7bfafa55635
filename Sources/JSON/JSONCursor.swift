/// Reads JSON from memory, quickly, and reports only whether that worked.
///
/// It reads `source[..<end]` and writes texts to `target`, which must have room for as many bytes as are read plus one word: a
/// text is never longer than its JSON, but whole words are written. To find out what is wrong with a text that was refused,
/// `JSONScanner` reads it again.
struct JSONCursor {
    let source: UnsafePointer<UInt8>
    let end: Int
    let target: UnsafeMutablePointer<UInt8>
    let rules: JSONRules
    /// The length of a quote in bytes: two in a quoted field of a CSV file.
    let quote: Int
    var index = 0
    var written = 0
    /// After `string` returned false: what is wrong with the string, and at which byte.
    var problem = (kind: StringProblem.unterminated, index: 0)

    init(
        _ source: UnsafePointer<UInt8>, end: Int, target: UnsafeMutablePointer<UInt8>, rules: JSONRules,
        quote: Int = 1
    ) {
        self.source = source
        self.end = end
        self.target = target
        self.rules = rules
        self.quote = quote
    }

    @inline(__always)
    mutating func skipSpace() {
        while index < end {
            switch source[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
            default: return
            }
        }
    }

    /// The next byte that is not whitespace; nil at the end.
    @inline(__always)
    mutating func peek() -> UInt8? {
        skipSpace()
        return index < end ? source[index] : nil
    }

    /// Skips `byte` if it comes next.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        index &+= 1
        return true
    }

    /// Skips a quote, which may be two bytes, if it comes next.
    @inline(__always)
    mutating func takeQuote() -> Bool {
        guard index &+ quote <= end, source[index] == 0x22, source[index &+ quote &- 1] == 0x22 else {
            return false
        }
        index &+= quote
        return true
    }

    /// Skips a word such as `null` if it comes next.
    mutating func take(word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard index &+ length <= end else { return false }
        // A static string's bytes live forever; `length` is their count.
        for offset in 0..<length where source[index &+ offset] != word.utf8Start[offset] { return false }
        index &+= length
        return true
    }

    /// Skips a number and copies it verbatim.
    mutating func number() -> Bool {
        let start = index
        guard takeNumber() else { return false }
        for place in start..<index { write(source[place]) }
        return true
    }

    /// Skips a number if one comes next.
    mutating func takeNumber() -> Bool {
        let start = index
        let isNumber =
            rules == .tolerant && (take(word: "NaN") || take(word: "Infinity") || take(word: "-Infinity"))
            || finiteNumber()
        if !isNumber { index = start }
        return isNumber
    }

    private mutating func finiteNumber() -> Bool {
        takeSign(UInt8(ascii: "-"), UInt8(ascii: "-"))
        guard index < end else { return false }
        if source[index] == UInt8(ascii: "0") { index &+= 1 } else if !takeDigits() { return false }
        if index < end, source[index] == UInt8(ascii: ".") {
            index &+= 1
            guard takeDigits() else { return false }
        }
        if index < end, source[index] | 0x20 == UInt8(ascii: "e") {
            index &+= 1
            takeSign(UInt8(ascii: "-"), UInt8(ascii: "+"))
            guard takeDigits() else { return false }
        }
        // A number must not be followed by characters that occur in numbers, so that 01 and 1.2.3 are not two values.
        guard index < end else { return true }
        switch source[index] {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            return false
        default: return true
        }
    }

    private mutating func takeSign(_ one: UInt8, _ other: UInt8) {
        if index < end, source[index] == one || source[index] == other { index &+= 1 }
    }

    private mutating func takeDigits() -> Bool {
        let first = index
        while index < end, source[index] &- 0x30 < 10 { index &+= 1 }
        return index > first
    }

    @inline(__always)
    mutating func write(_ byte: UInt8) {
        // Every byte written corresponds to at least one byte read.
        target[written] = byte
        written &+= 1
    }
}
