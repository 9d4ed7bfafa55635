public import CProcessor

/// The lines in which processors cache memory.
extension Span where Element: BitwiseCopyable {
    /// How many bytes there are up to an address at which a line begins.
    package var bytesBeforeCacheLine: Int {
        // The address is only a number here; nothing is read.
        unsafe withUnsafeBytes { -Int(bitPattern: $0.baseAddress) & 63 }
    }

    /// Asks the processor for the line of an element that will be read soon.
    @inlinable
    @inline(__always)
    package func prefetch(_ index: Int) {
        // No address is wrong: nothing is accessed.
        unsafe withUnsafeBufferPointer { unsafe prefetch_line($0.baseAddress.map { $0 + index }) }
    }
}
