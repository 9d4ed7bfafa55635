/// Valid UTF-8, in which each byte that is not part of a scalar is replaced by U+FFFD, as in SentencePiece.
func repairedPerByte(_ bytes: [UInt8]) -> [UInt8] {
    if isValidUTF8(bytes) { return bytes }
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count * 2)
    var position = 0
    while position < bytes.count {
        let length = bytes.span.validScalarLength(at: position, bytes.count)
        if length > 0 {
            output.append(contentsOf: bytes[position..<position + length])
            position += length
        } else {
            output.append(contentsOf: [0xEF, 0xBF, 0xBD])
            position += 1
        }
    }
    return output
}

extension Span where Element == UInt8 {
    /// The length of the scalar that starts at `position` of bytes that need not be UTF-8; 0 if there is none.
    func validScalarLength(at position: Int, _ end: Int) -> Int {
        let first = self[position]
        if first < 0x80 { return 1 }
        let length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
        guard length > 0, position + length <= end else { return 0 }
        for index in position + 1..<position + length where self[index] & 0xC0 != 0x80 { return 0 }
        switch (first, self[position + 1]) {
        case (0xE0, ..<0xA0), (0xED, 0xA0...), (0xF0, ..<0x90), (0xF4, 0x90...): return 0
        default: return length
        }
    }
}
