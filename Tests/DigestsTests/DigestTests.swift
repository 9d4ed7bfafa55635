import Digests
import Testing

@Suite struct DigestTests {
    private let digits = "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210"

    @Test func hexadecimalAndBytesRoundTrip() throws {
        let digest = try #require(Digest(hexadecimal: digits))
        #expect(digest.hexadecimal == digits)
        #expect(digest.abbreviated == "001122334455")
        #expect(digest.bytes.count == Digest.byteCount)
        #expect(digest.bytes.prefix(3) == [0x00, 0x11, 0x22])
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(Digest(hexadecimal: digits.uppercased()) == digest)
    }

    @Test(arguments: [
        "", "00", "zz", String(repeating: "0", count: 63), String(repeating: "0", count: 65),
        String(repeating: "0", count: 63) + "g", String(repeating: "é", count: 32),
    ])
    func invalidDigestsAreNil(text: String) {
        #expect(Digest(hexadecimal: text) == nil)
        #expect(Digest(bytes: Array(text.utf8.prefix(31))) == nil)
    }

    @Test func ordersAsTheDigits() {
        let digests = (0..<100).map { SHA256.digest(of: "\($0)") }
        #expect(digests.sorted().map(\.hexadecimal) == digests.map(\.hexadecimal).sorted())
    }

    @Test(arguments: 0..<32) func differsInAnyByte(index: Int) throws {
        let digest = SHA256.digest(of: "x")
        var bytes = digest.bytes
        bytes[index] ^= 1
        let other = try #require(Digest(bytes: bytes))
        #expect(other != digest)
        #expect((other < digest) != (digest < other))
    }
}
