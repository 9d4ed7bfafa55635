internal import CProcessor

extension Span where Element == String {
    /// Asks the processor for the first bytes of a text, without a look at the text itself, which would wait for them.
    package func prefetchText(_ index: Int) {
        precondition(index >= 0 && index < count && MemoryLayout<String>.size == 16)
        // The second half of a text has the address of its bytes, but for the upper eight bits, or else bytes of its own. No address is
        // wrong: nothing is accessed.
        let half = unsafe withUnsafeBufferPointer {
            unsafe UnsafeRawBufferPointer($0).load(fromByteOffset: index * 16 + 8, as: UInt.self)
        }
        unsafe prefetch_line(UnsafeRawPointer(bitPattern: half & (.max >> 8)))
    }
}
