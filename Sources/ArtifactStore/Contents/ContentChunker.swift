internal import Digests

/// Content-defined chunking: an insertion moves only the cuts near it.
///
/// FastCDC with normalized chunking: a `GearHash` rolls over the bytes; up to the mean size a cut requires two more zero bits,
/// beyond it two fewer. Sizes and masks are part of the store's format: with others, existing objects could still be read, but
/// would share no chunks with new ones.
enum ContentChunker {
    static let minimum = 32 * 1024
    static let mean = 64 * 1024
    static let maximum = 256 * 1024

    private static let strictMask: UInt64 = 0xFFFF_C000_0000_0000
    private static let looseMask: UInt64 = 0xFFFC_0000_0000_0000

    /// The end of the chunk that starts at `start`. O(chunk).
    static func end(of bytes: Span<UInt8>, from start: Int) -> Int {
        let available = bytes.count - start
        guard available > minimum else { return bytes.count }
        let limit = start + min(available, maximum)
        let normal = start + min(available, mean)
        var hash: UInt64 = 0
        return GearHash.cut(bytes, in: start + minimum..<normal, mask: strictMask, hash: &hash)
            ?? GearHash.cut(bytes, in: normal..<limit, mask: looseMask, hash: &hash)
            ?? limit
    }

    /// The chunks of a block. The last one, which may continue in the next block, is included only if the block ends
    /// the file.
    static func chunks(of block: Span<UInt8>, isWhole: Bool) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var position = 0
        while position < block.count {
            if !isWhole && position + maximum > block.count { break }
            let end = end(of: block, from: position)
            ranges.append(position..<end)
            position = end
        }
        return ranges
    }
}
