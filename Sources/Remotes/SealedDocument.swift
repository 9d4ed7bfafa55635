internal import Compression
internal import Signatures
internal import Texts

/// A document of a shared cache, optionally signed. Byte by byte:
///
/// ```
/// sluice document 1\n
/// signature <public key> <128 hexadecimal digits>\n     only if it is signed
/// size <bytes before compression>\n
/// the content: compressed with zstd if that makes it smaller, otherwise as it is
/// ```
///
/// The signature covers the document's name, a line feed, and everything from `size` on. Because of the name, no one can
/// substitute one document for another.
struct SealedDocument {
    let content: [UInt8]
    /// The key that its signature was made with; nil if it is not signed.
    let signer: VerificationKey?

    /// Why a document is rejected.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    private static let header = "sluice document 1\n"
    /// The longest header.
    private static let longestHead = 512

    /// The bytes of a document.
    static func bytes(_ content: [UInt8], named name: String, signedWith key: SigningKey?) -> [UInt8] {
        let compressed = ZstdCodec(level: 3).compress(content.span.bytes)
        let body = Array("size \(content.count)\n".utf8) + (compressed ?? content)
        var result = Array(header.utf8)
        if let key {
            let signature = Hexadecimal.text(of: key.signature(of: message(body, named: name)))
            result += Array("signature \(key.verificationKey) \(signature)\n".utf8)
        }
        return result + body
    }

    private static func message(_ body: [UInt8], named name: String) -> [UInt8] {
        Array((name + "\n").utf8) + body
    }

    /// Reads a document that was received.
    ///
    /// - Parameters:
    ///   - limit: the largest content.
    ///   - trusted: the keys one of which must have signed it; nil if no signature is needed.
    init(
        _ bytes: [UInt8], named name: String, limit: Int, trusted: [VerificationKey]?
    ) throws(Refusal) {
        var rest = bytes[...]
        func line() -> String? {
            guard let end = rest.prefix(Self.longestHead).firstIndex(of: 0x0A) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return String(decoding: rest[..<end], as: UTF8.self)
        }
        guard rest.starts(with: Self.header.utf8) else {
            throw Refusal(description: "\(name) is not a document of this version")
        }
        rest = rest.dropFirst(Self.header.utf8.count)
        var signature: (key: VerificationKey, bytes: [UInt8])?
        if rest.starts(with: "signature ".utf8) {
            let words = line()?.parts(between: " ") ?? []
            guard words.count == 3, let key = VerificationKey(text: words[1]),
                let signed = Hexadecimal.bytes(of: words[2])
            else { throw Refusal(description: "the signature of \(name) cannot be read") }
            signature = (key, signed)
        }
        let body = Array(rest)
        if let signature {
            guard signature.key.verifies(signature.bytes, of: Self.message(body, named: name)) else {
                throw Refusal(description: "the signature of \(name) is wrong")
            }
        }
        signer = signature?.key
        if let trusted {
            guard let signer else {
                throw Refusal(description: "\(name) is not signed, and `trust` requires a signature")
            }
            guard trusted.contains(signer) else {
                throw Refusal(description: "\(name) is signed with \(signer), which is not trusted")
            }
        }
        guard let words = line()?.parts(between: " "), words.count == 2, words[0] == "size",
            let size = Int(words[1]), size >= 0
        else { throw Refusal(description: "\(name) is damaged") }
        guard size <= limit else {
            throw Refusal(description: "\(name) has \(size) bytes, more than \(limit)")
        }
        let stored = Array(rest)
        if stored.count == size {
            content = stored
        } else {
            guard let content = try? ZstdCodec().decompress(stored.span.bytes, size: size) else {
                throw Refusal(description: "\(name) is damaged")
            }
            self.content = content
        }
    }
}
