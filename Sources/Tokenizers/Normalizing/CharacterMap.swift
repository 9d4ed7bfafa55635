/// SentencePiece's precompiled normalization: a double-array trie from byte strings to their replacements.
///
/// The blob contains the trie's size in bytes (32 bits, little-endian), its 32-bit units, and NUL-terminated strings.
struct CharacterMap: Sendable {
    private let units: ContiguousArray<UInt32>
    private let strings: ContiguousArray<UInt8>
    /// The ASCII characters that are unchanged if another ASCII character follows.
    private(set) var plain: [Bool] = []

    init(_ blob: [UInt8]) throws(TokenizerError) {
        guard blob.count > 4 else { throw .malformed("the normalization map has only \(blob.count) bytes") }
        func unit(_ offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(blob[offset + $1]) << UInt32(8 * $1) }
        }
        let size = Int(unit(0))
        guard size < blob.count - 4, size % 4 == 0, size >= 1024 else {
            throw .malformed("the normalization map's trie claims \(size) of \(blob.count - 4) bytes")
        }
        units = ContiguousArray((0..<size / 4).map { unit(4 + 4 * $0) })
        strings = ContiguousArray(blob[(4 + size)...])
        guard strings.last == 0, isValidUTF8(Array(strings)) else {
            throw .malformed("the normalization map's strings are truncated or not UTF-8")
        }
        plain = findPlain()
    }

    private func findPlain() -> [Bool] {
        (0..<128).map { byte in
            byte != 0x20 && (0..<128).allSatisfy { match([UInt8(byte), UInt8($0)].span, 0, 2) == nil }
        }
    }

    /// The longest key that starts at `position`: its length and the offset of its replacement; nil if there is none.
    func match(_ text: Span<UInt8>, _ position: Int, _ end: Int) -> (length: Int, replacement: Int)? {
        var best: (length: Int, replacement: Int)?
        var node = offset(units[0])
        var index = position
        while index < end {
            let byte = UInt32(text[index])
            node ^= Int(byte)
            guard node < units.count else { break }
            let unit = units[node]
            guard unit & (1 << 31 | 0xFF) == byte else { break }
            index += 1
            node ^= offset(unit)
            guard node < units.count else { break }
            if unit >> 8 & 1 == 1 {
                let replacement = Int(units[node] & 0x7FFF_FFFF)
                if replacement < strings.count { best = (index - position, replacement) }
            }
        }
        return best
    }

    private func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }

    /// The replacement at an offset in the strings.
    func replacement(_ start: Int) -> ArraySlice<UInt8> {
        let end = strings[start...].firstIndex(of: 0) ?? strings.endIndex
        return Array(strings[start..<end])[...]
    }
}
