import Files
import TestSupport
import Testing

@testable import Texts

@Suite struct NearestNameTests {
    @Test func likelyMistypingsAreRecognized() {
        #expect(nearestName(to: "recieve", among: ["send", "receive"]) == "receive")
        #expect(nearestName(to: "xyz", among: ["send", "receive"]) == nil)
        #expect(nearestName(to: "Folds", among: ["folds"]) == "folds")
        #expect(didYouMean("fodls", among: ["folds"]) == "; did you mean 'folds'?")
        #expect(
            didYouMean("fodls", among: ["folds"], spelled: { "${\($0)}" }) == "; did you mean '${folds}'?")
        #expect(didYouMean("a", among: [String(repeating: "a", count: 65)]) == nil)
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 1),
        ("ca", "abc", 3),
        ("flaw", "lawn", 2),
    ]) func editDistancesAreRight(left: String, right: String, distance: Int) {
        #expect(editDistance(Array(left.utf8), Array(right.utf8)) == distance)
        #expect(editDistance(Array(right.utf8), Array(left.utf8)) == distance)
    }
}

@Suite struct ShellQuotingTests {
    @Test(arguments: [
        ("plain/path-1_2.txt", "plain/path-1_2.txt"), ("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#),
        ("$HOME", "'$HOME'"), ("é", "'é'"), ("a=1,b:2@c%", "a=1,b:2@c%"),
    ]) func wordsAreQuotedWhereNeeded(word: String, quoted: String) {
        #expect(word.shellQuoted == quoted)
    }

    /// Any text passes through a shell unchanged, including accents after apostrophes.
    @Test func aShellReturnsEveryWord() throws {
        var words = [
            "a'\u{301}; echo injected; #.txt", "'", "''", "\"", "\\", "`id`", "$(id)", "a\nb", "\t",
            "'\u{308}'", "*",
            "~", "!x", "\u{200D}'\u{200D}", "'\u{FE0F}", "\r\n", "-n",
        ]
        // Every character that a shell may see, with an apostrophe and a combining accent around it.
        for byte in UInt8(2)..<128 { words.append("'\u{301}\(Unicode.Scalar(byte))'\u{323}") }
        try withTemporaryFolder { folder in
            let script = "printf '%s\\1' " + words.map(\.shellQuoted).joined(separator: " ")
            let outcome = try BuiltProgram(at: "/bin/sh").run(["-c", script], in: folder)
            let output = outcome.output.utf8.split(separator: 1, omittingEmptySubsequences: false).dropLast()
            #expect(output.count == words.count && outcome.status == 0)
            for (word, read) in zip(words, output) { #expect(read.elementsEqual(word.utf8)) }
        }
    }
}

@Suite struct ExactTextTests {
    @Test func textsAreEqualIfTheirBytesAre() {
        let composed = ExactText("\u{E9}")
        let decomposed = ExactText("e\u{301}")
        #expect("\u{E9}" == "e\u{301}")
        #expect(composed != decomposed)
        #expect(composed == ExactText("\u{E9}") && composed.hashValue == ExactText("\u{E9}").hashValue)
        #expect(Set([composed, decomposed, composed]).count == 2)
        #expect([composed, decomposed].sorted() == [decomposed, composed])
        #expect(!composed.string.hasSameBytes(as: decomposed.string))
        #expect(decomposed.string.precedesByBytes(composed.string))
    }
}
