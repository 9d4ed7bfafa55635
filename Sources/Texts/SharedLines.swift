public import CProcessor

/// Sixteen bytes as two integers, the first byte lowest.
@frozen
@usableFromInline
package struct IntegerPair: Sendable, Equatable, BitwiseCopyable {
    @usableFromInline package var low: UInt64
    @usableFromInline package var high: UInt64

    /// A pair of integers.
    @inlinable
    @inline(__always)
    package init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }
}

/// Memory in the lines that processors cache, of which several threads read while one at a time writes.
///
/// A line has four pairs: two keys, and what belongs to either. A key is written once, after what belongs to it, so that whoever sees
/// it sees that too. At first, everything is 0, which is no key.
@usableFromInline
package final class SharedLines: @unchecked Sendable {
    /// How many pairs a line has.
    @inlinable package static var pairs: Int { 4 }
    /// The bytes of a large page.
    private static let largePage = 1 << 21

    // Only read and written as is said above, with instructions for what is shared.
    @usableFromInline let memory: UnsafeMutableRawPointer
    /// How many lines there are.
    package let count: Int

    /// 2 to the power of `bits` lines.
    package init(bits: Int) {
        precondition(bits >= 0 && bits < 28, "there are few lines or none")
        count = 1 << bits
        let size = count * Self.pairs * MemoryLayout<IntegerPair>.stride
        unsafe memory = .allocate(byteCount: size, alignment: size < Self.largePage ? 64 : Self.largePage)
        // Only advice; whether it is taken makes no other difference.
        unsafe advise_large_pages(memory, size)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }

    deinit { unsafe memory.deallocate() }

    /// The pair at a place.
    package subscript(place: Int) -> IntegerPair {
        precondition(place >= 0 && place < count &* Self.pairs, "a pair is read outside the lines")
        // Inside the memory, as was checked.
        let pair = unsafe shared_pair(memory + place &* 16)
        return IntegerPair(low: pair.low, high: pair.high)
    }

    /// Writes a pair that others may read; only one thread at a time may.
    package func write(_ pair: IntegerPair, at place: Int) {
        precondition(place >= 0 && place < count &* Self.pairs, "a pair is written outside the lines")
        // Inside the memory, as was checked.
        unsafe share_pair(memory + place &* 16, pair.low, pair.high)
    }

    /// Asks the processor for the line of a pair that will be read soon.
    @inlinable
    @inline(__always)
    package func prefetch(_ place: Int) {
        // No address is wrong: nothing is accessed.
        unsafe prefetch_line(
            UnsafeRawPointer(bitPattern: UInt(bitPattern: memory) &+ UInt(bitPattern: place &* 16)))
    }

    /// Copies what belongs to keys, up to the first one that is not in its line.
    ///
    /// What belongs to a key are up to four integers of 32 bits, how many of which is in the upper four bits of the first one.
    ///
    /// - Parameters:
    ///   - places: the pairs that the keys' lines begin with.
    ///   - first: the first of the keys.
    ///   - room: where four integers are written for every key, which later ones overwrite in part.
    ///   - written: how many of these there are; the keys' come behind them.
    /// - Returns: the index of the key that is not in its line, or how many keys there are.
    @inline(__always)
    package func copyFound(
        _ keys: Span<IntegerPair>, _ places: Span<UInt32>, from first: Int, to room: inout MutableSpan<Int32>,
        _ written: inout Int
    ) -> Int {
        precondition(first >= 0 && first <= keys.count && keys.count <= places.count, "a key has no place")
        precondition(
            written >= 0 && written &+ 4 &* (keys.count &- first) <= room.count, "integers have no room")
        // As many keys and places as was checked, with room for what belongs to them; no place leads outside the lines.
        return unsafe keys.withUnsafeBufferPointer { keys in
            unsafe places.withUnsafeBufferPointer { places in
                unsafe room.withUnsafeMutableBytes { room in
                    unsafe copy_found(
                        keys.baseAddress, places.baseAddress, first, keys.count, memory,
                        UInt64(count &* Self.pairs &- Self.pairs),
                        room.baseAddress?.assumingMemoryBound(to: UInt32.self), &written)
                }
            }
        }
    }
}
