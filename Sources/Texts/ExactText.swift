/// A text that equals another only if their bytes are equal.
///
/// `String` considers `é` and `e` + U+0301 equal, so that of two files, tensors or rows with such names one would be lost.
/// Whatever identifies something is compared, hashed and ordered by its UTF-8 bytes.
package struct ExactText: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible
{
    /// The text.
    package let string: String

    /// A text.
    package init(_ string: String) { self.string = string }

    package init(stringLiteral value: String) { string = value }

    package var description: String { string }

    package static func == (left: ExactText, right: ExactText) -> Bool {
        left.string.hasSameBytes(as: right.string)
    }

    package static func < (left: ExactText, right: ExactText) -> Bool {
        left.string.precedesByBytes(right.string)
    }

    package func hash(into hasher: inout Hasher) {
        var copy = string
        copy.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        // The terminator separates consecutive texts in the same hash.
        hasher.combine(0xFF as UInt8)
    }
}

extension String {
    /// Whether both texts have the same UTF-8 bytes.
    package func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }

    /// Whether the text precedes another in the order of their UTF-8 bytes.
    package func precedesByBytes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
