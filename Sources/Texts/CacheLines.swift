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

extension ContiguousArray where Element: BitwiseCopyable {
    /// An element many times, in pages as large as the system has if there are enough: what is read here and there is found faster.
    package init(inLargePages element: Element, count: Int) {
        self.init(unsafeUninitializedCapacity: count) { room, initialized in
            // Only advice about pages that are all in the room; whether it is taken makes no other difference.
            unsafe advise_large_pages(room.baseAddress, room.count &* MemoryLayout<Element>.stride)
            unsafe room.initialize(repeating: element)
            initialized = count
        }
    }
}

extension String {
    /// Asks the processor for the first bytes, if they will be read soon.
    @inline(__always)
    package func prefetch() {
        // No address is wrong: nothing is accessed.
        unsafe utf8.withContiguousStorageIfAvailable { unsafe prefetch_line($0.baseAddress) }
    }
}
