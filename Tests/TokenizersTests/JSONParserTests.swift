import Testing

@testable import Tokenizers

struct JSONParserTests {
    private func parse(_ text: String) throws(TokenizerError) -> JSONDocument {
        try JSONDocument(Array(text.utf8))
    }

    @Test func `values, escapes and surrogates are read`() throws {
        let document = try parse(
            #" {"a": [1, -2.5e1, true, null], "b\u0041": "\"\\\/\b\f\n\r\té\ud83e\udd99"} "#)
        #expect(document.array("a", of: document.root)?.count == 4)
        #expect(document.array("a", of: document.root).map { JSONDocument.integer($0[0]) } == 1)
        #expect(document.array("a", of: document.root).map { JSONDocument.integer($0[1]) } == -25)
        #expect(document.string("bA", of: document.root) == "\"\\/\u{8}\u{C}\n\r\té🦙")
        #expect(document.member("none", of: document.root) == nil)
    }

    @Test func `keys that Swift holds equal stay apart`() throws {
        let document = try parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}")
        #expect(document.integer("\u{E9}", of: document.root) == 1)
        #expect(document.integer("e\u{301}", of: document.root) == 2)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{a: 1}", "[1] 2", "\"\u{1}\"", "\"\\x\"", "\"\\ud800\"", "\"\\udc00\"",
        "\"\\u12\"",
        "+1", "1e999", "tru", "\"a", "[\"\\ud83e\\u0041\"]", "nul", "--1", "[1 2]",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(throws: TokenizerError.self) { try parse(text) }
    }

    @Test func `depth is bounded`() throws {
        _ = try parse(String(repeating: "[", count: 60) + String(repeating: "]", count: 60))
        let error = #expect(throws: TokenizerError.self) {
            try parse(String(repeating: "[", count: 1_000_000))
        }
        #expect(error?.message == "not valid JSON at byte 64: nested deeper than 64")
    }

    @Test func `invalid UTF-8 is refused`() {
        #expect(throws: TokenizerError.self) { try JSONDocument([0x22, 0xFF, 0x22]) }
    }
}
