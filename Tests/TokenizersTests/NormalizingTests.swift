import Testing

@testable import Tokenizers

struct NormalizingTests {
    private func bytes(_ scalars: [UInt32]) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in scalars { bytes.append(scalar: scalar) }
        return bytes
    }

    @Test(
        arguments: [
            ([0x65, 0x301], [0xE9]), ([0xE9, 0x323], [0x1EB9, 0x301]), ([0x1100, 0x1161, 0x11A8], [0xAC01]),
            ([0x212B], [0xC5]), ([0x958], [0x915, 0x93C]), ([0x61, 0x315, 0x300], [0xE0, 0x315]),
            ([0xFB01], [0xFB01]),
            ([0x2126, 0x41], [0x3A9, 0x41]), ([0xAC00, 0x11A8], [0xAC01]),
        ] as [([UInt32], [UInt32])])
    func composesText(text: [UInt32], expected: [UInt32]) {
        #expect(Normalizer.composed.applied(to: bytes(text)) == bytes(expected))
    }

    @Test func composingAndDecomposingPreserveMeaning() {
        var draw = Draw(state: 23)
        let marks: [UInt32] = [
            0x300, 0x301, 0x308, 0x323, 0x327, 0x345, 0x334, 0x5B0, 0x64B, 0x93C, 0x11A8, 0x1161,
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 1...8, using: &draw))
                .map { _ -> UInt32 in
                    if Bool.random(using: &draw) { return marks.randomElement(using: &draw) ?? 0x300 }
                    let scalar = UInt32.random(in: 0x20..<0xD800, using: &draw)
                    return Unicode.Scalar(scalar)?.properties.generalCategory == .unassigned ? 0x61 : scalar
                }
            let bytes = bytes(text)
            let composed = Normalizer.composed.applied(to: bytes)
            let decomposed = Normalizer.decomposed.applied(to: bytes)
            #expect(String(decoding: composed, as: UTF8.self) == String(decoding: bytes, as: UTF8.self))
            #expect(Normalizer.composed.applied(to: decomposed) == composed)
            #expect(Normalizer.decomposed.applied(to: composed) == decomposed)
            #expect(Normalizer.composed.applied(to: composed) == composed)
        }
    }

    /// Only what may change is composed, in pieces: every scalar among marks and jamo, and longer texts of odd ones.
    @Test func composingInPiecesIsComposingTheWhole() {
        func isEqual(_ text: [UInt32]) -> Bool {
            let bytes = bytes(text)
            let whole = CanonicalForms.shared.composed(bytes.span, 0..<bytes.count).map(\.value)
            return Normalizer.composed.applied(to: bytes) == self.bytes(whole)
        }
        let scalars = (UInt32(0x20)...0x323AF).filter { !(0xD800..<0xE000).contains($0) }
        for scalar in scalars {
            let text = [0x61, scalar, 0x301, scalar, 0x323, 0x1100, scalar, 0x1161, scalar, scalar, 0x62]
            #expect(isEqual(text), "\(scalar)")
        }
        var draw = Draw(state: 29)
        let odd: [UInt32] = [
            0x300, 0x323, 0x344, 0x958, 0x9C7, 0x9BE, 0xDD9, 0xDCF, 0xDCA, 0x1100, 0x1161, 0x11A8, 0xAC00,
            0xE9,
            0x1EB9, 0x212B, 0x1D15E, 0x11131, 0x11127, 0x3099, 0x304B, 0x304C, 0x65,
        ]
        for _ in 0..<2_000 {
            let text = (0..<60).map { _ in
                Int.random(in: 0..<3, using: &draw) > 0
                    ? 0x61 : odd.randomElement(using: &draw) ?? 0x61
            }
            #expect(isEqual(text))
        }
    }

    @Test func sortsALongRunOfMarksQuickly() {
        let text = bytes([0x61] + Array(repeating: [0x323, 0x301], count: 100_000).flatMap { $0 })
        let composed = Normalizer.composed.applied(to: text)
        #expect(String(decoding: composed, as: UTF8.self).unicodeScalars.count == 200_000)
        #expect(Normalizer.composed.applied(to: composed) == composed)
    }

    @Test func normalizerStepsDoWhatTheirNamesSay() {
        func apply(_ normalizer: Normalizer, _ text: String) -> String {
            String(decoding: normalizer.applied(to: Array(text.utf8)), as: UTF8.self)
        }
        #expect(apply(.prepend(Array("▁".utf8)), "a") == "▁a" && apply(.prepend([0x61]), "") == "")
        #expect(apply(.replace(Array("aa".utf8), with: [0x62]), "aaaca") == "baca")
        #expect(apply(.replaceSpaceRuns(with: [0x5F]), "a  b c   ") == "a_b c_")
        #expect(apply(.lowercased, "ÄẞΣİ") == "äßσi\u{307}")
        #expect(apply(.strip(left: true, right: true), " \u{3000}a b\n") == "a b")
        #expect(apply(.strip(left: false, right: true), " a ") == " a")
    }

    @Test func replacesInvalidBytesOneByOne() {
        let one: [UInt8] = [0xEF, 0xBF, 0xBD]
        #expect(repairedPerByte([0x61, 0xC3, 0xA9]) == [0x61, 0xC3, 0xA9])
        #expect(repairedPerByte([0xE2, 0x82, 0x61]) == one + one + [0x61])
        #expect(repairedPerByte([0xED, 0xA0, 0x80]) == one + one + one)
        #expect(repairedPerByte([0xC0, 0x80, 0xF5]) == one + one + one)
        #expect(repairedPerByte([0xF0, 0x9F, 0xA6, 0x99]) == [0xF0, 0x9F, 0xA6, 0x99])
    }

    /// What `tokenizers` traces back to the first character, as the offsets of single characters show.
    @Test(arguments: [
        (Normalizer.prepend(Array("__".utf8)), "éa", 2, 4), (.lowercased, "İa", 2, 3),
        (.replace(Array("ab".utf8), with: Array("xyz".utf8)), "abc", 1, 0),
        (.replace(Array("ab".utf8), with: Array("xyz".utf8)), "abc", 2, 3),
        (.replace(Array("a".utf8), with: []), "abc", 1, 0),
        (.replace([0x20], with: Array("▁".utf8)), " a", 1, 3),
        (.replaceSpaceRuns(with: Array("▁".utf8)), "  a", 1, 0),
        (.strip(left: true, right: false), " a", 1, 0),
        (.strip(left: false, right: true), " ", 1, 0), (.strip(left: false, right: true), "a ", 1, 1),
        (.decomposed, "éa", 2, 3), (.composed, "e\u{301}a", 1, 2), (.composed, "\u{344}\u{323}a", 2, 2),
        (.decomposed, "\u{344}\u{323}a", 2, 2), (.composed, "é\u{323}a", 2, 3), (.composed, "\u{958}a", 3, 6),
        (.composed, "\u{1100}\u{1161}\u{11A8}x", 3, 3), (.decomposed, "\u{AC00}\u{11A8}x", 3, 6),
    ])
    func theHeadIsWhatIsTracedBackToTheFirstCharacter(
        normalizer: Normalizer, text: String, head: Int, expected: Int
    ) {
        let bytes = Array(text.utf8)
        #expect(normalizer.head(head, of: bytes.span, bytes.indices) == expected, "\(text.debugDescription)")
    }
}
