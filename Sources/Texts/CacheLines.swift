public import CPrefetch

/// Zeroed memory in lines of 64 bytes that begin where the processor's cache lines do, so that a line takes one access.
package struct CacheLines: Sendable {
    /// A quarter of a line.
    package typealias Piece = SIMD2<UInt64>

    /// How many pieces a line has.
    @inlinable
    @inline(__always)
    package static var pieces: Int { 4 }

    /// Pieces, of which the first few are before the first line.
    @usableFromInline
    package private(set) var storage: ContiguousArray<Piece>
    /// Where the first line begins. A copy of the storage may be aligned differently, which only makes it slower.
    package let offset: Int

    /// This many lines.
    package init(count: Int) {
        let storage = ContiguousArray(repeating: Piece.zero, count: (count + 1) * Self.pieces)
        self.storage = storage
        offset = storage.span.piecesBeforeLine
    }

    /// How many lines there are.
    package var count: Int { storage.count / Self.pieces - 1 }

    /// A piece, by its place from the first line on.
    package subscript(piece: Int) -> Piece {
        get { storage[offset + piece] }
        set { storage[offset + piece] = newValue }
    }
}

extension Span where Element == CacheLines.Piece {
    /// The number of pieces between an address and the next one at which a cache line begins.
    fileprivate var piecesBeforeLine: Int {
        // The address is only a number here; nothing is read.
        unsafe withUnsafeBytes { (-Int(bitPattern: $0.baseAddress) & 63) / MemoryLayout<Element>.stride }
    }

    /// Asks the processor for the line of a piece that will be read soon.
    @inlinable
    @inline(__always)
    package func prefetch(_ index: Int) {
        // Any address is valid, since nothing is accessed.
        unsafe withUnsafeBufferPointer { unsafe prefetch_line($0.baseAddress.map { $0 + index }) }
    }
}
