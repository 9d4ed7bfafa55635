internal import CCrypto

/// An incremental SHA-256 using OpenSSL's libcrypto, which uses the CPU's SHA instructions.
///
/// ```swift
/// var hasher = SHA256()
/// hasher.update(Array("abc".utf8))
/// hasher.finalize().abbreviated      // "ba7816bf8f01"
/// ```
public struct SHA256: ~Copyable, Sendable {
    // Owned: freed in deinit. OpaquePointer is not Sendable, but a noncopyable struct has one owner.
    private nonisolated(unsafe) let context: OpaquePointer

    // Looked up once, because that takes longer than a short digest; never freed or changed. OpenSSL's configuration,
    // which is about connections, is not read, because that would open a file in every process.
    private nonisolated(unsafe) static let algorithm: OpaquePointer = {
        _ = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil)
        guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
            preconditionFailure("libcrypto lacks SHA-256")
        }
        return algorithm
    }()

    /// A hasher that has consumed nothing yet.
    public init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
        self.context = context
        let status = EVP_DigestInit_ex(context, Self.algorithm, nil)
        precondition(status == 1, "libcrypto cannot begin a SHA-256")
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes.
    public mutating func update(_ bytes: borrowing RawSpan) {
        bytes.withUnsafeBytes { buffer in
            // The buffer is valid for the duration of the call.
            _ = EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
        }
    }

    /// Adds bytes.
    public mutating func update(_ bytes: [UInt8]) {
        update(bytes.span.bytes)
    }

    /// The digest of everything added; consumes the hasher.
    public consuming func finalize() -> Digest {
        Self.digest { EVP_DigestFinal_ex(context, $0, nil) }
    }

    /// The digest that `write` stores at the address it receives.
    private static func digest(_ write: (UnsafeMutablePointer<UInt8>?) -> Int32) -> Digest {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Digest.byteCount) { buffer in
            // SHA-256 writes exactly 32 bytes.
            let status = write(buffer.baseAddress)
            guard status == 1, let digest = Digest(bytes: UnsafeRawBufferPointer(buffer).bytes) else {
                preconditionFailure("SHA-256 has 32 bytes")
            }
            return digest
        }
    }

    /// The digest of `bytes`.
    public static func digest(of bytes: borrowing RawSpan) -> Digest {
        bytes.withUnsafeBytes { input in
            // The input is valid for the duration of the call.
            digest { EVP_Digest(input.baseAddress, input.count, $0, nil, algorithm, nil) }
        }
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
