internal import CArrowInterface

/// Reads the buffers of an array in the Arrow C data interface.
///
/// A buffer has `offset + length` values (for strings and lists, one more offset), or is missing.
enum ArrowBuffers {
    /// The bits of a buffer, least significant first; all zero if it is missing.
    static func bits(_ array: ArrowArray, buffer: Int) -> [Bool] {
        guard let pointer = pointer(array, buffer) else {
            return Array(repeating: false, count: Int(array.length))
        }
        let first = Int(array.offset)
        return (0..<Int(array.length)).map { row in
            // A bitmap has offset + length bits.
            let byte = pointer.load(fromByteOffset: (first + row) >> 3, as: UInt8.self)
            return byte >> UInt8((first + row) & 7) & 1 == 1
        }
    }

    /// The numbers in a buffer; zeros if it is missing.
    static func values<Number: BitwiseCopyable & Numeric>(
        _ array: ArrowArray, _ type: Number.Type, buffer: Int = 1
    ) -> [Number] {
        guard array.length > 0 else { return [] }
        guard let pointer = pointer(array, buffer) else {
            return Array(repeating: 0, count: Int(array.length))
        }
        // The buffer has offset + length numbers.
        let base = pointer.assumingMemoryBound(to: type).advanced(by: Int(array.offset))
        return Array(UnsafeBufferPointer(start: base, count: Int(array.length)))
    }

    /// The offsets of a list or string array; one more than the number of values.
    static func offsets<Number: FixedWidthInteger>(_ array: ArrowArray, _ type: Number.Type) -> [Int] {
        guard let pointer = pointer(array, 1), array.length > 0 else {
            return Array(repeating: 0, count: Int(array.length) + 1)
        }
        // The buffer has offset + length + 1 offsets.
        let base = pointer.assumingMemoryBound(to: type).advanced(by: Int(array.offset))
        return UnsafeBufferPointer(start: base, count: Int(array.length) + 1).map { Int($0) }
    }

    static func text<Number: FixedWidthInteger>(
        _ array: ArrowArray, _ type: Number.Type, _ validity: Validity
    ) -> StringColumn {
        let offsets = offsets(array, type)
        let first = offsets[0]
        let end = offsets[offsets.count - 1]
        guard end > first, let pointer = pointer(array, 2) else {
            return StringColumn(
                bytes: [], offsets: Array(repeating: 0, count: offsets.count), validity: validity)
        }
        // The data buffer extends to the last offset.
        let bytes = Array(UnsafeRawBufferPointer(start: pointer.advanced(by: first), count: end - first))
        return StringColumn(
            bytes: bytes, offsets: first == 0 ? offsets : offsets.map { $0 - first }, validity: validity)
    }

    /// Strings as views: 4 bytes of length, then either up to 12 bytes of text, or a prefix, a buffer and an offset.
    static func views(_ array: ArrowArray, _ validity: Validity) throws(ColumnsError) -> StringColumn {
        var builder = StringColumn.Builder()
        for row in 0..<Int(array.length) {
            guard !validity.isNull(row), let pointer = pointer(array, 1) else {
                builder.appendNull()
                continue
            }
            // A view is 16 bytes; Arrow guarantees that buffer, offset and length are within bounds.
            let view = pointer.advanced(by: 16 * (Int(array.offset) + row))
            let length = Int(view.load(as: Int32.self))
            var start = view.advanced(by: 4)
            if length > 12 {
                let buffer = Int(view.load(fromByteOffset: 8, as: Int32.self))
                let offset = Int(view.load(fromByteOffset: 12, as: Int32.self))
                guard let data = Self.pointer(array, 2 + buffer) else {
                    throw ColumnsError("a string's buffer is missing")
                }
                start = data.advanced(by: offset)
            }
            builder.append(utf8: UnsafeRawBufferPointer(start: start, count: length))
        }
        return builder.finish()
    }

    static func fixed(_ array: ArrowArray, _ width: Int, _ validity: Validity) -> StringColumn {
        let count = Int(array.length)
        guard let pointer = pointer(array, 1) else {
            return StringColumn(bytes: [], offsets: Array(repeating: 0, count: count + 1), validity: validity)
        }
        // The buffer has (offset + length) × width bytes.
        let start = pointer.advanced(by: Int(array.offset) * width)
        return StringColumn(
            bytes: Array(UnsafeRawBufferPointer(start: start, count: count * width)),
            offsets: (0...count).map { $0 * width }, validity: validity)
    }

    static func pointer(_ array: ArrowArray, _ buffer: Int) -> UnsafeRawPointer? {
        buffer >= 0 && buffer < Int(array.n_buffers) ? array.buffers?[buffer] : nil
    }
}
