/// Whole numbers as bytes, the lowest first.
package enum LittleEndian {
    /// The bytes of numbers.
    package static func bytes<Word: FixedWidthInteger>(_ words: [Word]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(words.count * Word.bitWidth / 8)
        for word in words {
            for shift in stride(from: 0, to: Word.bitWidth, by: 8) {
                result.append(UInt8(truncatingIfNeeded: word >> Word(shift)))
            }
        }
        return result
    }

    /// The numbers of bytes; what does not fill a number is left out.
    package static func words<Word: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ type: Word.Type)
        -> [Word]
    {
        let width = Word.bitWidth / 8
        return (0..<(bytes.count / width)).map { index in
            let start = bytes.startIndex + index * width
            var word: Word = 0
            for offset in 0..<width { word |= Word(bytes[start + offset]) << Word(8 * offset) }
            return word
        }
    }
}
