import Testing

@testable import Tokenizers

struct ReadingTests {
    @Test(arguments: [
        ("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("Pz8/+w==", nil), ("////", nil),
    ])
    func decodesBase64(text: String, expected: String?) {
        let bytes = Base64.decoded(Array(text.utf8))
        if let expected { #expect(bytes == Array(expected.utf8)) } else { #expect(bytes != nil) }
    }

    @Test(arguments: ["Y", "YQ", "YQ=", "YQ===", "Y=Q=", "YR==", "YWJ!", "YW Jj", "===="])
    func rejectsInvalidBase64(text: String) { #expect(Base64.decoded(Array(text.utf8)) == nil) }

    @Test func ranksAreSortedAndMustBeContiguous() throws {
        #expect(try TextTables.ranks(Array("Yg== 1\r\nYQ== 0\n\n".utf8)) == [[0x61], [0x62]])
        for text in ["YQ== 1\n", "YQ== 0\nYg== 0\n", "YQ== x\n", "YQ==\n", "", "?? 0\n", "YQ== -1\n"] {
            #expect(throws: TokenizerError.self) { try TextTables.ranks(Array(text.utf8)) }
        }
    }

    @Test func readsTheFieldsOfAMessage() throws {
        var reader = ProtobufReader([0x08, 0x96, 0x01, 0x12, 0x02, 0x61, 0x62, 0x1D, 0, 0, 0x80, 0x3F])
        guard case (1, .integer(150))? = try reader.next() else { throw Unexpected() }
        guard case (2, .bytes(5..<7))? = try reader.next() else { throw Unexpected() }
        guard case (3, .fixed32(let bits))? = try reader.next() else { throw Unexpected() }
        #expect(Float(bitPattern: bits) == 1)
        #expect(try reader.next() == nil)
    }

    struct Unexpected: Error {}

    @Test(
        arguments: [
            [0x12, 0x05, 0x61], [0x08], [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02],
            [0x00, 0x01],
            [0x1D, 0, 0], [0x0B], [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        ] as [[UInt8]])
    func rejectsMessagesWithWrongLengths(bytes: [UInt8]) {
        #expect(throws: TokenizerError.self) {
            var reader = ProtobufReader(bytes)
            while try reader.next() != nil {}
        }
    }

    @Test func rejectsInconsistentNormalizationMaps() {
        for blob in [
            [], [1, 2, 3], [0, 0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 0, 0],
            [0, 4, 0, 0] + [UInt8](repeating: 1, count: 1025),
        ]
            as [[UInt8]]
        {
            #expect(throws: TokenizerError.self) { try CharacterMap(blob) }
        }
    }

    @Test func bytesAndTheirSpellingsAreOneToOne() {
        let all = (0...255).map { UInt8($0) }
        #expect(ByteAlphabet.bytes(ofSpelling: ByteAlphabet.spelling(all)) == all)
        #expect(Set(ByteAlphabet.scalars).count == 256)
        #expect(ByteAlphabet.spelling([0x20, 0x0A]) == Array("ĠĊ".utf8))
        #expect(ByteAlphabet.bytes(ofSpelling: Array("a b".utf8)) == nil)
        #expect(ByteAlphabet.bytes(ofSpelling: Array("漢".utf8)) == nil)
    }
}
