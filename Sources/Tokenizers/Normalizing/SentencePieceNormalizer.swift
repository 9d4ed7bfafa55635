/// SentencePiece's normalization: the map, white space normalized and made visible, a space before the text.
struct SentencePieceNormalizer: Sendable {
    static let visibleSpace: [UInt8] = [0xE2, 0x96, 0x81]

    var map: CharacterMap?
    var addsPrefix = true
    var removesExtraSpaces = true
    var escapesSpaces = true
    var spaceIsSuffix = false
    /// Pieces that the map does not change.
    var protected = TokenMatcher([])

    func append(_ text: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        let space = escapesSpaces ? Self.visibleSpace : [0x20]
        if map == nil && !removesExtraSpaces {
            if range.isEmpty { return }
            if addsPrefix && !spaceIsSuffix { output.append(contentsOf: space) }
            Normalizer.replace([0x20], with: space).append(text, range, to: &output)
            if addsPrefix && spaceIsSuffix { output.append(contentsOf: space) }
            return
        }
        var position = range.lowerBound
        if removesExtraSpaces {
            while position < range.upperBound {
                let (length, chunk) = next(text, position, range.upperBound)
                guard chunk.elementsEqual([0x20]) else { break }
                position += length
            }
        }
        if position == range.upperBound { return }
        let start = output.count
        if addsPrefix && !spaceIsSuffix { output.append(contentsOf: space) }
        var afterSpace = removesExtraSpaces
        while position < range.upperBound {
            if isPlain(text, position, range.upperBound) {
                output.append(text[position])
                position += 1
                afterSpace = false
                continue
            }
            let (length, found) = next(text, position, range.upperBound)
            position += length
            var chunk = found
            while afterSpace, chunk.first == 0x20 { chunk = chunk.dropFirst() }
            if chunk.isEmpty { continue }
            for byte in chunk {
                if byte == 0x20 { output.append(contentsOf: space) } else { output.append(byte) }
            }
            afterSpace = removesExtraSpaces && chunk.last == 0x20
        }
        if removesExtraSpaces {
            while output.count - start >= space.count, output.suffix(space.count).elementsEqual(space) {
                output.removeLast(space.count)
            }
        }
        if addsPrefix && spaceIsSuffix { output.append(contentsOf: space) }
    }

    /// Whether the byte at `position` is a character that is unchanged, whatever the map.
    @inline(__always)
    private func isPlain(_ text: Span<UInt8>, _ position: Int, _ end: Int) -> Bool {
        guard let map, position + 1 < end, text[position] < 0x80, text[position + 1] < 0x80 else {
            return false
        }
        return map.plain[Int(text[position])] && !startsProtected(text[position])
    }

    private func startsProtected(_ byte: UInt8) -> Bool { !protected.isEmpty && protected.mayStart(byte) }

    /// The result of the map at `position`, and the number of bytes of text that it consumes.
    private func next(_ text: Span<UInt8>, _ position: Int, _ end: Int) -> (
        length: Int, chunk: ArraySlice<UInt8>
    ) {
        func bytes(_ length: Int) -> ArraySlice<UInt8> {
            (position..<position + length).map { text[$0] }[...]
        }
        if let map {
            if !protected.isEmpty, let (_, end) = protected.match(text, position, end) {
                return (end - position, bytes(end - position))
            }
            if let (length, start) = map.match(text, position, end) {
                return (length, map.replacement(start))
            }
        }
        let length = text.validScalarLength(at: position, end)
        return length == 0 ? (1, [0xEF, 0xBF, 0xBD]) : (length, bytes(length))
    }
}
