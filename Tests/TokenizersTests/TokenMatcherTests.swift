import Testing

@testable import Tokenizers

struct TokenMatcherTests {
    private func pieces(_ tokens: [AddedToken], _ text: String, _ filter: SpecialFilter = .all) -> [String] {
        let bytes = Array(text.utf8)
        var pieces: [String] = []
        let matcher = TokenMatcher(tokens)
        var rest = TextRest(bytes.indices)
        while let piece = matcher.nextPiece(bytes.span, &rest, filter) {
            let text = String(decoding: bytes[piece.range], as: UTF8.self)
            pieces.append(piece.id.map { "\($0):\(text)" } ?? text)
        }
        return pieces
    }

    private func token(_ id: Int32, _ content: String) -> AddedToken {
        AddedToken(id: id, content: Array(content.utf8))
    }

    @Test func theLeftmostAndLongestTokenWins() {
        let tokens = [token(1, "ab"), token(2, "abc"), token(3, "bcd"), token(4, "<")]
        #expect(pieces(tokens, "xabcdab<") == ["x", "2:abc", "d", "1:ab", "4:<"])
        #expect(pieces(tokens, "bcd") == ["3:bcd"])
        #expect(pieces(tokens, "").isEmpty)
        #expect(pieces([], "ab") == ["ab"])
    }

    @Test func includesWhiteSpaceOnRequestAndNeverTwice() {
        var left = token(1, "<l>")
        left.stripsLeft = true
        var right = token(2, "<r>")
        right.stripsRight = true
        #expect(
            pieces([left, right], "a \u{3000}<l> b<r> \n <l>c") == [
                "a", "1: \u{3000}<l>", " b", "2:<r> \n ", "1:<l>", "c",
            ])
    }

    @Test func aSingleWordTokenMatchesOnlyWholeWords() {
        var word = token(1, "word")
        word.isSingleWord = true
        #expect(
            pieces([word], "word words sword word. é-word_") == [
                "1:word", " words sword ", "1:word", ". é-word_",
            ])
        #expect(pieces([word], "éword word\u{301} 漢word") == ["éword word\u{301} 漢word"])
    }

    @Test func specialTokensCanBeText() {
        var plain = token(2, "plain")
        plain.isSpecial = false
        let tokens = [token(1, "<s>"), plain]
        #expect(pieces(tokens, "<s>plain", .none) == ["<s>", "2:plain"])
        #expect(pieces(tokens, "<s>plain", .only([1])) == ["1:<s>", "2:plain"])
        #expect(pieces(tokens, "<s>plain", .only([3])) == ["<s>", "2:plain"])
    }
}
