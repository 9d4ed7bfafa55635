/// Bytes as a key in sets and dictionaries, without an allocation if they are few, as in names.
enum ShortText: Hashable, Sendable {
    /// Up to 23 bytes, the first in the lowest byte of the first word, and their number in the last word's highest
    /// byte.
    case few(UInt64, UInt64, UInt64)
    case many([UInt8])

    init(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count < 24 else {
            self = .many(Array(bytes))
            return
        }
        var words: (UInt64, UInt64, UInt64) = (0, 0, UInt64(bytes.count) << 56)
        var shift: UInt64 = 0
        for byte in bytes {
            let bits = UInt64(byte) << (shift & 63)
            switch shift >> 6 {
            case 0: words.0 |= bits
            case 1: words.1 |= bits
            default: words.2 |= bits
            }
            shift += 8
        }
        self = .few(words.0, words.1, words.2)
    }
}
