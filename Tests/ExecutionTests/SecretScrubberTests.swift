import Files
import TestSupport
import Testing

@testable import Execution

/// Secrets in what stages write.
struct SecretScrubberTests {
    private func scrubber(_ values: String...) throws -> SecretScrubber {
        try #require(SecretScrubber(values.enumerated().map { ("S\($0.offset)", $0.element) }))
    }

    @Test(arguments: [
        ("token-1", "token-1", "•••"), ("a token-1 b token-1", "token-1", "a ••• b •••"),
        ("token-token-1", "token-1", "token-•••"), ("token-", "token-1", "token-"), ("", "token-1", ""),
        ("aaaaab", "aaaab", "a•••"),
    ])
    func valuesAreReplaced(text: String, secret: String, expected: String) throws {
        #expect(try scrubber(secret).scrubbed(text) == expected)
    }

    @Test func theLongestCounts() throws {
        #expect(try scrubber("secret", "secret-longer").scrubbed("secret-longer secret") == "••• •••")
    }

    @Test func linesOfAKeyCountByThemselves() throws {
        let scrubber = try scrubber("-----BEGIN KEY-----\nMIIEvQIBADAN\nxy\n")
        #expect(scrubber.scrubbed("one MIIEvQIBADAN xy") == "one ••• xy")
        #expect(try self.scrubber("value-1\n").scrubbed("value-1 ") == "••• ")
    }

    /// However it is split, the same comes out as at once.
    @Test func splitsDoNotMatter() throws {
        let scrubber = try scrubber("abcabd", "bcab", "xyzxyz")
        let text = Array("abcabcabd-xyzxy xyzxyzxyz abcab abcabd".utf8)
        let whole = scrubber.scrubbed(text)
        for size in 1...text.count {
            var waiting: [UInt8] = []
            var result: [UInt8] = []
            for start in stride(from: 0, to: text.count, by: size) {
                waiting += text[start..<min(start + size, text.count)]
                result += scrubber.take(from: &waiting, isEnd: false)
            }
            result += scrubber.take(from: &waiting, isEnd: true)
            #expect(result == whole, "\(size)")
        }
    }

    @Test func textThatIsNotASecretIsShownAtOnce() throws {
        let scrubber = try scrubber("token-1")
        var waiting = Array("progress 1".utf8)
        #expect(scrubber.take(from: &waiting, isEnd: false) == Array("progress 1".utf8))
        waiting = Array("progress to".utf8)
        #expect(scrubber.take(from: &waiting, isEnd: false) == Array("progress ".utf8))
    }

    @Test func shortValuesAreRejectedAsSecrets() {
        #expect(SecretScrubber([("A", "abc"), ("B", "")]) == nil)
    }

    @Test func outputsAreSearched() throws {
        try withTemporaryFolder { folder in
            let search = SecretSearch(scrubber: try scrubber("token-1"))
            let tree = folder.appending("tree")
            try write(
                String(repeating: "x", count: (1 << 20) - 3) + "token-1", to: tree.appending("deep/file"))
            #expect(try search.secret(in: tree) == "S0")
            try write("nothing", to: tree.appending("deep/file"))
            #expect(try search.secret(in: tree) == nil)
            try write("nothing", to: tree.appending("deep/a-token-1"))
            #expect(try search.secret(in: tree) == "S0")
        }
    }
}
