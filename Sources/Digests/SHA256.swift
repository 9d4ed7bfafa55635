internal import CCrypto

/// An incremental SHA-256 over OpenSSL's libcrypto, which uses the processor's SHA instructions.
///
/// ```swift
/// var hasher = SHA256()
/// hasher.update(Array("abc".utf8))
/// hasher.finalize().abbreviated      // "ba7816bf8f01"
/// ```
public struct SHA256: ~Copyable, Sendable {
    // Owned: freed in deinit. OpaquePointer is not Sendable, but a noncopyable struct has one owner.
    private nonisolated(unsafe) let context: OpaquePointer

    /// A hasher that has seen nothing.
    public init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
        self.context = context
        let status = EVP_DigestInit_ex(context, EVP_sha256(), nil)
        precondition(status == 1, "libcrypto has no SHA-256")
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes.
    public mutating func update(_ bytes: borrowing RawSpan) {
        bytes.withUnsafeBytes { buffer in
            // The buffer lives for the duration of the call.
            _ = EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
        }
    }

    /// Adds bytes.
    public mutating func update(_ bytes: [UInt8]) {
        update(bytes.span.bytes)
    }

    /// The digest of all that was added; the hasher is consumed.
    public consuming func finalize() -> Digest {
        var bytes = [UInt8](repeating: 0, count: Digest.byteCount)
        bytes.withUnsafeMutableBufferPointer { buffer in
            // SHA-256 writes exactly 32 bytes.
            _ = EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
        }
        guard let digest = Digest(bytes: bytes) else { preconditionFailure("SHA-256 has 32 bytes") }
        return digest
    }

    /// The digest of `bytes`.
    public static func digest(of bytes: borrowing RawSpan) -> Digest {
        var hasher = SHA256()
        hasher.update(bytes)
        return hasher.finalize()
    }

    /// The digest of `bytes`.
    public static func digest(of bytes: [UInt8]) -> Digest {
        digest(of: bytes.span.bytes)
    }

    /// The digest of the UTF-8 bytes of `text`.
    public static func digest(of text: String) -> Digest {
        digest(of: Array(text.utf8))
    }
}
