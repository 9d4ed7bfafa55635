import Testing

@testable import RowStages

struct ShinglesTests {
    private func hashes(_ text: String, _ unit: Shingles.Unit, _ length: Int) -> [UInt64] {
        var (hashes, scratch) = ([UInt64](), Shingles.Scratch())
        _ = Shingles(unit: unit, length: length).append(Array(text.utf8)[...], to: &hashes, &scratch)
        return hashes
    }

    @Test(
        arguments: [
            ("a quick brown fox", Shingles.Unit.words, 2, 3), ("a quick", .words, 2, 1), ("a", .words, 2, 1),
            ("abcdef", .characters, 5, 2), ("abc", .characters, 5, 1), ("a  b\tc", .characters, 5, 1),
            ("你好世界", .words, 2, 3), ("สวัสดี", .words, 1, 6), ("한국어 단어", .words, 1, 2),
            ("it's 3.5!", .words, 1, 4), ("?!?!", .words, 2, 3), ("", .words, 2, 0), (" ", .characters, 5, 0),
            ("😀😁", .words, 1, 2), ("हिन्दी भाषा", .words, 1, 2),
        ])
    func countsRuns(_ text: String, _ unit: Shingles.Unit, _ length: Int, _ count: Int) {
        #expect(hashes(text, unit, length).count == count)
    }

    @Test(arguments: NearCopies.Script.allCases, [Shingles.Unit.characters, .words])
    func agreesWithRunsWrittenOut(_ script: NearCopies.Script, _ unit: Shingles.Unit) {
        for text in NearCopies(script, families: 10, copies: 1, words: 12, seed: 4).texts {
            for length in [1, 3, 7] {
                #expect(
                    Set(hashes(text, unit, length)).count == NearCopies.shingles(text, unit, length).count)
            }
        }
    }

    @Test func aShortTextIsNotARunOfALongOne() {
        #expect(!hashes("abcde", .characters, 5).contains(hashes("abcd", .characters, 5)[0]))
        #expect(hashes("ABCDE", .characters, 5) == hashes("abcde", .characters, 5))
    }

    @Test func readsBytesThatAreNotUTF8() {
        for bytes in [
            [0xFF], [0xE4, 0xB8], [0xF0, 0x9F, 0x98], [0xC0, 0xAF, 0x80], [0xF5, 0x80, 0x80, 0x80],
        ] as [[UInt8]] {
            for unit in Shingles.Unit.allCases {
                var (hashes, scratch) = ([UInt64](), Shingles.Scratch())
                _ = Shingles(unit: unit, length: 2).append(bytes[...], to: &hashes, &scratch)
                #expect(!hashes.isEmpty)
            }
        }
    }

    @Test func readsEveryScalar() {
        for value in stride(from: UInt32(0), to: 0x11_0000, by: 31) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let bytes = Array(String(scalar).utf8)
            var index = 0
            #expect(ScalarReader.next(bytes.span, &index) == value)
            #expect(index == bytes.count)
        }
    }
}
