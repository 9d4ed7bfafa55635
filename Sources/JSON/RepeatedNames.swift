/// Finds duplicate names in an object.
package enum RepeatedNames {
    /// Random in each process, so that no file can be crafted to cause collisions.
    private static let seed = UInt64.random(in: 0...UInt64.max)

    /// The index of the first name that equals an earlier one, byte for byte; nil if all differ. O(bytes).
    package static func first(_ names: [Range<Int>], in bytes: [UInt8]) -> Int? {
        guard names.allSatisfy({ $0.lowerBound >= 0 && $0.upperBound <= bytes.count }) else {
            preconditionFailure("names must lie within the bytes")
        }
        return bytes.withUnsafeBytes { bytes in first(names.count, in: bytes) { names[$0] } }
    }

    /// The index of the first of `count` names in `bytes` that equals an earlier one.
    @inline(__always)
    static func first(_ count: Int, in bytes: UnsafeRawBufferPointer, _ name: (Int) -> Range<Int>) -> Int? {
        if count < 2 { return nil }
        return count <= 8 ? firstOfFew(count, bytes, name) : firstOfMany(count, bytes, name)
    }

    @inline(__always)
    private static func firstOfFew(
        _ count: Int, _ bytes: UnsafeRawBufferPointer, _ name: (Int) -> Range<Int>
    ) -> Int? {
        (1..<count).first { index in
            (0..<index).contains { areEqual(name($0), name(index), bytes) }
        }
    }

    /// Open addressing in a table that is at most half full; each slot holds half a hash and a one-based index.
    @inline(__always)
    private static func firstOfMany(
        _ count: Int, _ bytes: UnsafeRawBufferPointer, _ name: (Int) -> Range<Int>
    ) -> Int? {
        let mask = 1 << (Int.bitWidth - (count * 2 - 1).leadingZeroBitCount) - 1
        let half: UInt64 = 0xFFFF_FFFF_0000_0000
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: mask + 1) { places in
            places.initialize(repeating: 0)
            for index in 0..<count {
                let own = name(index)
                let hash = hash(bytes, own)
                var place = Int(truncatingIfNeeded: hash) & mask
                while places[place] != 0 {
                    let earlier = Int(places[place] & ~half) - 1
                    if places[place] & half == hash & half, areEqual(name(earlier), own, bytes) {
                        return index
                    }
                    place = (place + 1) & mask
                }
                places[place] = hash & half | UInt64(index + 1)
            }
            return nil
        }
    }

    private static func areEqual(
        _ left: Range<Int>, _ right: Range<Int>, _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        guard left.count == right.count else { return false }
        for offset in 0..<left.count where bytes[left.lowerBound + offset] != bytes[right.lowerBound + offset]
        {
            return false
        }
        return true
    }

    /// Multiplies eight bytes at a time and keeps both halves of the product.
    private static func hash(_ bytes: UnsafeRawBufferPointer, _ name: Range<Int>) -> UInt64 {
        var hash = seed ^ UInt64(name.count)
        func mix(_ word: UInt64) {
            let product = (hash ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
            hash = product.high ^ product.low ^ word
        }
        var index = name.lowerBound
        while index + 8 <= name.upperBound {
            mix(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < name.upperBound {
            rest = rest << 8 | UInt64(bytes[index])
            index += 1
        }
        mix(rest)
        mix(seed)
        return hash
    }
}
