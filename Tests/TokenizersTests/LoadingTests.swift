import Files
import TestSupport
import Testing

@testable import Tokenizers

struct LoadingTests {
    private func error(_ text: String) -> TokenizerError? {
        do {
            _ = try Tokenizer(bytes: Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test func findsAFoldersTokenizerWithTheJSONFirst() throws {
        try withTemporaryFolder { folder in
            let missing = #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: folder) }
            #expect(missing?.code == .unreadable && missing?.path == folder.text)
            try FileContents.write(Fixture.bytes("pieces.model"), to: folder.appending("tokenizer.model"))
            #expect(try Tokenizer(contentsOf: folder).idCount == Fixture.tokenizer("pieces.model").idCount)
            try FileContents.write(Fixture.bytes("byte-level.json"), to: folder.appending("tokenizer.json"))
            #expect(try Tokenizer(contentsOf: folder).idCount == Fixture.tokenizer("byte-level.json").idCount)
        }
    }

    @Test func loadsAVocabularyWithItsMerges() throws {
        try withTemporaryFolder { folder in
            let letters = ByteAlphabet.scalars.compactMap { Unicode.Scalar($0) }.map { Character($0) }
            var members = letters.enumerated()
                .map { index, letter in
                    "\(letter == "\"" || letter == "\\" ? "\"\\\(letter)\"" : "\"\(letter)\""): \(index)"
                }
            members.append("\"ab\": 256")
            members.append("\"<|endoftext|>\": 257")
            try FileContents.write("{\(members.joined(separator: ","))}", to: folder.appending("vocab.json"))
            try FileContents.write("#version: 0.2\na b\n", to: folder.appending("merges.txt"))
            let tokenizer = try Tokenizer(contentsOf: folder)
            #expect(try tokenizer.encode("ab a<|endoftext|>") == [256, 32, 97, 257])
            #expect(tokenizer.decode([256, 32, 97]) == "ab a")
            try FileContents.write("a z z\n", to: folder.appending("merges.txt"))
            let error = #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: folder) }
            #expect(error?.message == "line 1 is not a pair of tokens")
        }
    }

    @Test func namesComponentsThatAreNotImplemented() {
        let model = #""model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}"#
        let processor = #"{"type": "RobertaProcessing", "cls": ["a", 0], "sep": ["a", 0]}"#
        for (part, message) in [
            (
                #""normalizer": {"type": "BertNormalizer"}"#,
                "the normalizer 'BertNormalizer' is not implemented"
            ),
            (
                #""pre_tokenizer": {"type": "Whitespace"}"#,
                "the pre-tokenizer 'Whitespace' is not implemented"
            ),
            (#""decoder": {"type": "WordPiece"}"#, "the decoder 'WordPiece' is not implemented"),
            (#""post_processor": {"type": "New"}"#, "the post-processor 'New' is not implemented"),
            (
                #""pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\d"}, "behavior": "Isolated"}"#,
                "the split pattern '\\d' is not implemented"
            ),
            (
                #""post_processor": {"type": "Sequence", "processors": [\#(processor), \#(processor)]}"#,
                "several post-processors that add tokens"
            ),
            (
                #""normalizer": {"type": "Strip", "strip_left": true, "strip_right": true}, "#
                    + #""added_tokens": [{"id": 1, "content": " ", "normalized": true}]"#,
                "the added token ' ' is nothing when normalized"
            ),
            (
                #""normalizer": {"type": "Lowercase"}, "added_tokens": "#
                    + #"[{"id": 1, "content": "X", "normalized": true}, {"id": 2, "content": "x", "normalized": true}]"#,
                "the added tokens 'X' and 'x' are equal when normalized"
            ),
            (
                #""normalizer": {"type": "Prepend", "prepend": ""}"#,
                "a normalizer Prepend without a text"
            ),
            (
                #""normalizer": {"type": "Replace", "pattern": {"String": ""}, "content": "a"}"#,
                "a normalizer Replace of an empty text"
            ),
            (#""version": "2.0""#, "the file's version is not 1.0"),
        ] {
            let error = error("{\(part), \(model)}")
            #expect(error?.code == .unsupported)
            #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "none")")
        }
        #expect(error(#"{"model": {"type": "WordPiece"}}"#)?.code == .unsupported)
    }

    /// Programs save what they asked for last; transformers ignores it.
    @Test(arguments: [
        #""truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0}"#,
        #""padding": {"strategy": {"Fixed": 9}, "direction": "Left", "pad_to_multiple_of": 8, "pad_id": 0}"#,
    ])
    func truncationAndPaddingOfTheFileAreIgnored(setting: String) throws {
        let model = #""model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}"#
        let tokenizer = try Tokenizer(bytes: Array("{\(setting), \(model)}".utf8))
        #expect(try tokenizer.encode("abba") == [0, 1, 1, 0])
    }

    @Test(arguments: [
        ("{}", "not a tokenizer.json: it has no model"),
        (#"{"model": {"type": "BPE"}}"#, "the model has no vocabulary"),
        (
            #"{"model": {"vocab": {"a": 0}, "merges": ["a b"]}}"#,
            "merge 0, 'a' and 'b', refers to unknown tokens"
        ),
        (
            #"{"model": {"vocab": {"a": 0, "b": 1}, "merges": [["a", "b"]]}}"#,
            "merge 0 makes 'ab', which is not in the vocabulary"
        ),
        (#"{"model": {"vocab": {"a": 0, "b": 0}}}"#, "id 0 belongs to both 'a' and 'b'"),
        (
            #"{"model": {"vocab": {"a": 99999999}}}"#,
            "token 'a' has the id 99999999; ids are 0 to 16777215"
        ),
        (#"{"model": {"vocab": {"a": 0.5}}}"#, "token 'a' does not have an integer id"),
        (
            #"{"model": {"vocab": {"a": 0}, "unk_token": "?"}}"#,
            "the unknown token '?' is not in the vocabulary"
        ),
        (
            #"{"model": {"vocab": {"a": 0}}, "added_tokens": [{"id": 5, "content": "<b>"}]}"#,
            "the added token '<b>' has the id 5, but its place among the added tokens gives it 1"
        ),
        (
            #"{"model": {"vocab": {"a": 1}}, "added_tokens": [{"id": 1, "content": "<b>"}]}"#,
            "the added token '<b>' has the id 1, which a token of the model has"
        ),
        (
            #"{"model": {"vocab": {"a": 0}}, "added_tokens": [{"id": 0, "content": "a"}, {"id": 0, "content": "a", "lstrip": true}]}"#,
            "the added token 'a' is listed twice, with different settings"
        ),
        (
            #"{"model": {"vocab": {"a": 0}}, "pre_tokenizer": {"type": "Metaspace", "replacement": "__"}}"#,
            "the replacement of the pre-tokenizer Metaspace is not one character"
        ),
        (
            #"{"model": {"vocab": {"a": 0}}, "pre_tokenizer": {"type": "Metaspace", "replacement": "_", "#
                + #""prepend_scheme": "first", "add_prefix_space": false}}"#,
            "the prepend_scheme 'first' contradicts add_prefix_space, which is false"
        ),
        (
            #"{"model": {"vocab": {"a": 0}}, "post_processor": {"type": "TemplateProcessing", "special_tokens": {}, "#
                + #""single": [{"Sequence": {"id": "B", "type_id": 0}}]}}"#,
            "the post-processor's template for one text uses another one"
        ),
        ("{\"model\": ", "not valid JSON: expected a value, found the end at byte 10"),
    ])
    func rejectsContradictoryFilesWithAMessage(file: String, message: String) {
        let error = error(file)
        #expect(error?.code == .malformed)
        #expect(error?.message == message)
    }

    @Test func rejectsRanksOfAnUnknownFamily() throws {
        let error = #expect(throws: TokenizerError.self) {
            try Tokenizer(bytes: Fixture.bytes("ranks.model"))
        }
        #expect(error?.code == .unsupported)
    }

    /// Cut off anywhere, or with bytes changed, a file loads or is refused; it never brings the process down.
    @Test(arguments: Fixture.names)
    func damagedFilesLoadOrAreRejected(name: String) throws {
        var draw = Draw(state: 7)
        let sound = try Fixture.bytes(name)
        let texts = try Fixture.texts().prefix(12)
        for round in 0..<120 {
            var bytes = sound
            if round % 2 == 0 {
                bytes.removeLast(Int.random(in: 1..<bytes.count, using: &draw))
            } else {
                for _ in 0..<Int.random(in: 1...4, using: &draw) {
                    bytes[Int.random(in: 0..<bytes.count, using: &draw)] = UInt8.random(
                        in: 0...255, using: &draw)
                }
            }
            do throws(TokenizerError) {
                let tokenizer: Tokenizer
                if name == "ranks.model" {
                    let ranks = try TextTables.ranks(bytes)
                    tokenizer = Tokenizer(
                        try RankReader.parts(ranks, .llama3, special: [], before: [], end: 0))
                } else {
                    tokenizer = try Tokenizer(bytes: bytes)
                }
                for text in texts { _ = tokenizer.decode(try tokenizer.encode(text)) }
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }
}
