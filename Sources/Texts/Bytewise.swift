internal import Glibc

/// Operations on the bytes of a text. `String` works with `Character`s: to it, a comma with a combining accent is not a comma,
/// and CR LF contains no LF.
extension StringProtocol {
    /// The parts between occurrences of an ASCII character.
    @specialized(where Self == String)
    @specialized(where Self == Substring)
    package func parts(
        between separator: Unicode.Scalar, maxSplits: Int = .max, omitsEmpty: Bool = false
    ) -> [String] {
        utf8.split(
            separator: UInt8(ascii: separator), maxSplits: maxSplits, omittingEmptySubsequences: omitsEmpty
        ).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The text with every occurrence of an ASCII character replaced.
    @specialized(where Self == String)
    @specialized(where Self == Substring)
    package func replacing(each character: Unicode.Scalar, by replacement: String) -> String {
        parts(between: character).joined(separator: replacement)
    }

    /// The position of the first occurrence of an ASCII character.
    @specialized(where Self == String)
    @specialized(where Self == Substring)
    package func firstIndex(ofASCII character: Unicode.Scalar) -> Index? {
        utf8.firstIndex(of: UInt8(ascii: character))
    }

    /// The text after an ASCII character.
    @specialized(where Self == String)
    @specialized(where Self == Substring)
    package func suffix(after index: Index) -> SubSequence { self[utf8.index(after: index)...] }

    /// Whether the text begins with the bytes of another.
    @specialized(where Self == String)
    @specialized(where Self == Substring)
    package func beginsWith(_ start: String) -> Bool { utf8.starts(with: start.utf8) }

    /// Whether the text ends with the bytes of another.
    @specialized(where Self == String)
    @specialized(where Self == Substring)
    package func endsWith(_ end: String) -> Bool {
        let count = end.utf8.count
        return utf8.count >= count && utf8.suffix(count).elementsEqual(end.utf8)
    }
}

extension BidirectionalCollection<UInt8> {
    /// The bytes without spaces, tabs and line breaks at both ends.
    package var trimmed: SubSequence { trimmed { [0x20, 0x09, 0x0A, 0x0D].contains($0) } }

    /// The bytes without those at both ends for which `isDropped` is true.
    package func trimmed(_ isDropped: (UInt8) -> Bool) -> SubSequence {
        var rest = self[...]
        while let first = rest.first, isDropped(first) { rest.removeFirst() }
        while let last = rest.last, isDropped(last) { rest.removeLast() }
        return rest
    }
}

extension String {
    /// Whether the bytes of another text occur in this one.
    package func contains(text other: String) -> Bool {
        other.isEmpty || parts(betweenText: other, limit: 1).count > 1
    }

    /// The text with every occurrence of `text`, byte by byte, replaced.
    package func replacing(text: String, with replacement: String) -> String {
        text.isEmpty ? self : parts(betweenText: text, limit: .max).joined(separator: replacement)
    }

    private func parts(betweenText text: String, limit: Int) -> [String] {
        let (bytes, wanted) = (Array(utf8), Array(text.utf8))
        var parts: [String] = []
        var (start, index) = (0, 0)
        while index + wanted.count <= bytes.count, parts.count < limit {
            if bytes[index] == wanted[0], bytes[index...].starts(with: wanted) {
                parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
                index += wanted.count
                start = index
            } else {
                index += 1
            }
        }
        return parts + [String(decoding: bytes[start...], as: UTF8.self)]
    }
}

extension String {
    /// Whether a byte is in the text; at the speed of memchr(3), since every path is asked before every call of the system.
    package func contains(byte: UInt8) -> Bool {
        let found = utf8.withContiguousStorageIfAvailable { bytes in
            // The count is that of the text's bytes.
            bytes.baseAddress.map { memchr($0, Int32(byte), bytes.count) != nil } ?? false
        }
        return found ?? utf8.contains(byte)
    }
}
