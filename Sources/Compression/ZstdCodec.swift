internal import CZstd

/// Zstandard compression of single blocks, with contexts that are reused.
public struct ZstdCodec: ~Copyable, Sendable {
    private struct Contexts {
        var compressor: OpaquePointer?
        var decompressor: OpaquePointer?
    }

    // Owned, and freed in deinit with the contexts; a noncopyable value has one user at a time. The contexts are made on first
    // use: clearing their memory takes longer than hashing a small chunk, and many chunks are not compressed.
    private nonisolated(unsafe) let contexts: UnsafeMutablePointer<Contexts>
    private let level: Int32

    /// A codec with a compression level from 1 (fast) to 19.
    public init(level: Int = 1) {
        contexts = .allocate(capacity: 1)
        contexts.initialize(to: Contexts())
        self.level = Int32(level)
    }

    deinit {
        // Both accept nil.
        ZSTD_freeCCtx(contexts.pointee.compressor)
        ZSTD_freeDCtx(contexts.pointee.decompressor)
        contexts.deallocate()
    }

    private var compressor: OpaquePointer {
        if let made = contexts.pointee.compressor { return made }
        guard let made = ZSTD_createCCtx() else { preconditionFailure("out of memory") }
        contexts.pointee.compressor = made
        return made
    }

    private var decompressor: OpaquePointer {
        if let made = contexts.pointee.decompressor { return made }
        guard let made = ZSTD_createDCtx() else { preconditionFailure("out of memory") }
        contexts.pointee.decompressor = made
        return made
    }

    /// The compressed bytes, or nil if they would save less than an eighth.
    public func compress(_ bytes: borrowing RawSpan) -> [UInt8]? {
        let capacity = bytes.byteCount - bytes.byteCount / 8
        guard capacity > 0 else { return nil }
        var size = 0
        let result = bytes.withUnsafeBytes { source in
            [UInt8](unsafeUninitializedCapacity: capacity) { target, filled in
                // zstd writes at most `capacity` bytes, and fails if that is not enough.
                size = ZSTD_compressCCtx(
                    compressor, target.baseAddress, capacity, source.baseAddress, source.count, level)
                filled = ZSTD_isError(size) == 0 ? size : 0
            }
        }
        return ZSTD_isError(size) == 0 ? result : nil
    }

    /// The original bytes.
    ///
    /// - Parameter size: the expected size.
    /// - Throws: `CompressionError` if the data is damaged or has a different size.
    public func decompress(_ bytes: borrowing RawSpan, size: Int) throws(CompressionError) -> [UInt8] {
        var got = 0
        let result = bytes.withUnsafeBytes { source in
            [UInt8](unsafeUninitializedCapacity: size) { target, filled in
                // zstd writes at most `size` bytes, and fails if that is not enough.
                got = ZSTD_decompressDCtx(
                    decompressor, target.baseAddress, size, source.baseAddress, source.count)
                filled = ZSTD_isError(got) == 0 ? got : 0
            }
        }
        guard ZSTD_isError(got) == 0 else {
            throw CompressionError(message: String(cString: ZSTD_getErrorName(got)))
        }
        guard got == size else {
            throw CompressionError(message: "expected \(size) bytes, found \(got)")
        }
        return result
    }
}

/// Compressed data that cannot be read.
public struct CompressionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, in zstd's words.
    public let message: String

    /// An error with a message.
    public init(message: String) { self.message = message }

    /// "damaged zstd data: …".
    public var description: String { "damaged zstd data: \(message)" }
}
