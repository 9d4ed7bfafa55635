extension String {
    /// True if people expect the text before another one: by bytes, but with numbers by their value, so that `m[fold=2]` precedes
    /// `m[fold=10]`.
    package func precedesNaturally(_ other: String) -> Bool {
        var (left, right) = (utf8[...], other.utf8[...])
        while let a = left.first, let b = right.first {
            if a.isDigit && b.isDigit {
                let (first, second) = (left.prefix { $0.isDigit }, right.prefix { $0.isDigit })
                let (x, y) = (first.drop { $0 == 0x30 }, second.drop { $0 == 0x30 })
                if x.count != y.count { return x.count < y.count }
                if !x.elementsEqual(y) { return x.lexicographicallyPrecedes(y) }
                left = left.dropFirst(first.count)
                right = right.dropFirst(second.count)
            } else {
                if a != b { return a < b }
                left = left.dropFirst()
                right = right.dropFirst()
            }
        }
        if left.isEmpty != right.isEmpty { return left.isEmpty }
        // Equal numbers may be written in two ways.
        return precedesByBytes(other)
    }
}

extension UInt8 {
    /// True for the digits of ASCII.
    fileprivate var isDigit: Bool { self >= 0x30 && self <= 0x39 }
}
