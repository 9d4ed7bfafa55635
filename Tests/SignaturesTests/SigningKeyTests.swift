import Signatures
import Testing
import Texts

@Suite struct SigningKeyTests {
    /// RFC 8032, section 7.1, test 3.
    @Test func signsAsTheStandardSays() throws {
        let key = try #require(
            SigningKey(
                text:
                    "sluice-private-ed25519:c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
        )
        #expect(
            key.verificationKey.description
                == "sluice-public-ed25519:fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
        let signature = key.signature(of: [0xAF, 0x82])
        #expect(
            Hexadecimal.text(of: signature)
                == "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")
        #expect(key.verificationKey.verifies(signature, of: [0xAF, 0x82]))
    }

    @Test func othersCannotSign() throws {
        let key = SigningKey.random()
        let other = SigningKey.random()
        let message = Array("a result".utf8)
        var signature = key.signature(of: message)
        #expect(!other.verificationKey.verifies(signature, of: message))
        #expect(!key.verificationKey.verifies(signature, of: message + [0]))
        #expect(!key.verificationKey.verifies(Array(signature.dropLast()), of: message))
        signature[10] ^= 1
        #expect(!key.verificationKey.verifies(signature, of: message))
    }

    @Test func keysAreTexts() throws {
        let key = SigningKey.random()
        #expect(SigningKey(text: key.text + "\n")?.text == key.text)
        #expect(VerificationKey(text: "  \(key.verificationKey)\n") == key.verificationKey)
        // One is not taken for the other.
        #expect(VerificationKey(text: key.text) == nil)
        #expect(SigningKey(text: key.verificationKey.description) == nil)
        #expect(SigningKey(text: String(key.text.dropLast(2))) == nil)
        #expect(SigningKey(text: key.text.uppercased()) == nil)
    }
}
