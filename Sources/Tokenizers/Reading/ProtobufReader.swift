/// Reads the wire format of Protocol Buffers in place: fields in order, with every length checked.
struct ProtobufReader: Sendable {
    enum Field: Sendable {
        case integer(UInt64)
        case fixed32(UInt32)
        case bytes(Range<Int>)
        case skipped
    }

    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8]) { self.init(bytes, bytes.indices) }

    /// A reader for the message in `range` of the same bytes.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field and its number; nil at the end of the message.
    mutating func next() throws(TokenizerError) -> (number: Int, field: Field)? {
        guard position < end else { return nil }
        let tag = try integer()
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw failure("invalid field number \(tag >> 3)") }
        let number = Int(tag >> 3)
        switch tag & 7 {
        case 0: return (number, .integer(try integer()))
        case 1:
            _ = try take(8)
            return (number, .skipped)
        case 2:
            let length = try integer()
            guard length <= UInt64(end - position) else {
                throw failure("a field of \(length) bytes, but only \(end - position) are left")
            }
            return (number, .bytes(try take(Int(length))))
        case 5:
            let range = try take(4)
            return (number, .fixed32(bytes[range].reversed().reduce(0) { $0 << 8 | UInt32($1) }))
        default: throw failure("invalid wire type \(tag & 7)")
        }
    }

    private mutating func take(_ count: Int) throws(TokenizerError) -> Range<Int> {
        guard end - position >= count else { throw failure("the message ends early") }
        position += count
        return position - count..<position
    }

    private mutating func integer() throws(TokenizerError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard position < end else { throw failure("the message ends early") }
            let byte = bytes[position]
            position += 1
            if shift == 63, byte > 1 { break }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw failure("an integer of more than 64 bits")
    }

    private func failure(_ what: String) -> TokenizerError {
        .malformed("not a SentencePiece model: at byte \(position), \(what)")
    }
}
