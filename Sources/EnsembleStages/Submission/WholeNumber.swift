/// An integer of any size, for sorting ids.
struct WholeNumber: Comparable, Sendable {
    private let isNegative: Bool
    /// The digits without zeros in front; none for 0.
    private let digits: [UInt8]

    /// The number that a text writes; nil if it is none.
    init?(_ text: String) {
        let sign = text.utf8.first == UInt8(ascii: "-") || text.utf8.first == UInt8(ascii: "+")
        let written = text.utf8.dropFirst(sign ? 1 : 0)
        guard !written.isEmpty, written.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        digits = Array(written.drop { $0 == 0x30 })
        isNegative = text.utf8.first == UInt8(ascii: "-") && !digits.isEmpty
    }

    static func < (left: WholeNumber, right: WholeNumber) -> Bool {
        guard left.isNegative == right.isNegative else { return left.isNegative }
        let (small, large) = left.isNegative ? (right.digits, left.digits) : (left.digits, right.digits)
        return small.count == large.count ? small.lexicographicallyPrecedes(large) : small.count < large.count
    }
}
