internal import CCrypto
internal import Texts

/// A private Ed25519 key for signing, through libcrypto.
///
/// As text it is `sluice-private-ed25519:` and 64 hexadecimal digits, the seed.
package struct SigningKey: Sendable {
    private let seed: [UInt8]

    /// The public key with which others verify its signatures.
    package let verificationKey: VerificationKey

    private static let prefix = "sluice-private-ed25519:"

    /// A key from its 32 bytes; nil for any other number.
    init?(seed: [UInt8]) {
        guard seed.count == 32,
            let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        else { return nil }
        defer { EVP_PKEY_free(key) }
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1,
            let publicKey = VerificationKey(bytes: Array(bytes.prefix(count)))
        else { return nil }
        self.seed = seed
        verificationKey = publicKey
    }

    /// A key from its text; nil if the text is not a key.
    package init?(text: String) {
        guard let seed = keyBytes(of: text, after: Self.prefix) else { return nil }
        self.init(seed: seed)
    }

    /// A new key, from the system's random numbers.
    package static func random() -> SigningKey {
        var generator = SystemRandomNumberGenerator()
        let seed = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        guard let key = SigningKey(seed: seed) else { preconditionFailure("libcrypto lacks Ed25519") }
        return key
    }

    /// The key as text, which must stay secret.
    package var text: String { Self.prefix + Hexadecimal.text(of: seed) }

    /// The signature of a message: 64 bytes.
    package func signature(of message: [UInt8]) -> [UInt8] {
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count),
            let context = EVP_MD_CTX_new()
        else { preconditionFailure("out of memory") }
        defer {
            EVP_MD_CTX_free(context)
            EVP_PKEY_free(key)
        }
        var signature = [UInt8](repeating: 0, count: VerificationKey.signatureSize)
        var count = signature.count
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1,
            count == signature.count
        else { preconditionFailure("libcrypto lacks Ed25519") }
        return signature
    }
}

/// The public half of a `SigningKey`.
///
/// As text it is `sluice-public-ed25519:` and 64 hexadecimal digits.
package struct VerificationKey: Sendable, Hashable, CustomStringConvertible {
    private let bytes: [UInt8]

    private static let prefix = "sluice-public-ed25519:"
    /// The size of a signature in bytes.
    package static let signatureSize = 64

    init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// A key from its text; nil if the text is not a key.
    package init?(text: String) {
        guard let bytes = keyBytes(of: text, after: Self.prefix) else { return nil }
        self.init(bytes: bytes)
    }

    /// The key as text.
    package var description: String { Self.prefix + Hexadecimal.text(of: bytes) }

    /// True if a message's signature was made with the private half.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard signature.count == Self.signatureSize,
            let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count),
            let context = EVP_MD_CTX_new()
        else { return false }
        defer {
            EVP_MD_CTX_free(context)
            EVP_PKEY_free(key)
        }
        return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// The bytes of the digits after a prefix; white space around does not count.
private func keyBytes(of text: String, after prefix: String) -> [UInt8]? {
    let key = text.utf8.trimmed
    guard key.starts(with: prefix.utf8) else { return nil }
    return Hexadecimal.bytes(of: Array(key.dropFirst(prefix.utf8.count)))
}
