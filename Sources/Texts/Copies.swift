extension Span where Element == UInt8 {
    /// The 80 bytes from a position on, with zeros behind this span's last byte.
    package func eightyBytes(at position: Int) -> InlineArray<80, UInt8> {
        precondition(position >= 0 && position <= count, "bytes are copied from outside a span")
        var copy = InlineArray<80, UInt8>(repeating: 0)
        var bytes = copy.mutableSpan
        // As many as there are on both sides.
        unsafe bytes.withUnsafeMutableBytes { target in
            unsafe withUnsafeBytes { source in
                unsafe target.copyMemory(
                    from: UnsafeRawBufferPointer(
                        rebasing: source[position..<Swift.min(position + 80, source.count)]))
            }
        }
        return copy
    }
}

extension [Int32] {
    /// Appends copies of all elements of a span.
    package mutating func append(copying elements: Span<Int32>) {
        append(addingCapacity: elements.count) { output in
            // The room is for as many elements, and all of them become initialized.
            unsafe output.withUnsafeMutableBufferPointer { room, initialized in
                unsafe elements.withUnsafeBufferPointer { source in
                    initialized += unsafe UnsafeMutableBufferPointer(rebasing: room[initialized...])
                        .initialize(fromContentsOf: source)
                }
            }
        }
    }
}
