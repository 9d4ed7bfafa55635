internal import Glibc

/// Searches in bytes by the C library, which looks at a vector of them at a time.
public enum ByteSearch: Sendable {
    /// The index of the first `byte` from `start` on; `bytes.count` where there is none. O(distance).
    public static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
        precondition(start >= 0 && start <= bytes.count, "the search starts inside the bytes")
        return bytes.withUnsafeBufferPointer { buffer in
            // From `start` on there are count - start bytes.
            guard let base = buffer.baseAddress,
                let found = memchr(base + start, Int32(byte), buffer.count - start)
            else { return buffer.count }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }
}
