internal import Glibc

/// Searches in bytes with the C library, which is vectorized.
public enum ByteSearch: Sendable {
    /// The index of the first `byte` at or after `start`; `bytes.count` if there is none. O(distance).
    public static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int {
        precondition(start >= 0 && start <= bytes.count, "the search must start within the bytes")
        return bytes.withUnsafeBufferPointer { buffer in
            // There are count - start bytes from `start` on.
            guard let base = buffer.baseAddress,
                let found = memchr(base + start, Int32(byte), buffer.count - start)
            else { return buffer.count }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }
}
