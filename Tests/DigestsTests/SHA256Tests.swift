import Digests
import Testing

@Suite struct SHA256Tests {
    /// From FIPS 180-4's examples and NIST's long messages.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func knownMessages(message: String, digest: String) {
        #expect(SHA256.digest(of: message).hexadecimal == digest)
        #expect(SHA256.digest(of: Array(message.utf8)).hexadecimal == digest)
    }

    @Test(arguments: [1, 3, 63, 64, 65, 4096])
    func piecesGiveTheDigestOfTheWhole(size: Int) {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var hasher = SHA256()
        for start in stride(from: 0, to: bytes.count, by: size) {
            hasher.update(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(hasher.finalize() == SHA256.digest(of: bytes))
    }
}
