import JSON
import Testing

@Suite struct JSONDocumentTests {
    private func parse(_ text: String, _ rules: JSONRules = .strict) throws(JSONFault) -> JSONDocument {
        try JSONDocument(Array(text.utf8), rules: rules)
    }

    private func fault(_ text: String, _ rules: JSONRules = .strict) -> String? {
        do {
            _ = try parse(text, rules)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func readsValuesEscapesAndSurrogates() throws {
        let document = try parse(
            #" {"a": [1, -2.5e1, true, null], "b\u0041": "\"\\\/\b\f\n\r\té\ud83e\udd99"} "#)
        let list = try #require(document.list("a", of: document.root))
        #expect(list.count == 4)
        #expect(document.integer(list[0]) == 1 && document.integer(list[1]) == -25)
        #expect(document.string("bA", of: document.root) == "\"\\/\u{8}\u{C}\n\r\té🦙")
        #expect(document.member("none", of: document.root) == nil)
    }

    @Test func canonicallyEquivalentNamesStayDistinct() throws {
        let document = try parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}")
        #expect(document.integer("\u{E9}", of: document.root) == 1)
        #expect(document.integer("e\u{301}", of: document.root) == 2)
    }

    @Test func numbersKeepTheirDigits() throws {
        let document = try parse("[18446744073709551615, 1.10, -0, 9007199254740993, 1e3, 2.5, 1e999]")
        guard case .list(let values) = document.root else { return #expect(Bool(false)) }
        let texts = values.map { value in
            guard case .number(let text) = value else { return "" }
            return document.string(text)
        }
        #expect(texts == ["18446744073709551615", "1.10", "-0", "9007199254740993", "1e3", "2.5", "1e999"])
        #expect(values.map { document.integer($0) } == [nil, nil, 0, 9_007_199_254_740_993, 1000, nil, nil])
        #expect(document.double(values[5]) == 2.5 && document.double(values[6]) == nil)
        #expect(try parse("9007199254740994.0").root.integer(in: parse("9007199254740994.0")) == nil)
    }

    @Test(arguments: [
        ("", "expected a value, found the end at byte 0"),
        ("{", "expected a string, found the end at byte 1"),
        ("[1,]", "expected a value, found ']' at byte 3"), ("{\"a\"}", "expected ':', found '}' at byte 4"),
        ("{a: 1}", "expected a string, found 'a' at byte 1"),
        ("[1] 2", "expected the end of the document, found '2' at byte 4"),
        ("[1 2]", "expected ',' or ']', found '2' at byte 3"),
        ("\"\u{1}\"", "unescaped control character 0x01 in a string at byte 1"),
        (#""\x""#, "invalid escape: '\\' followed by 'x' at byte 1"),
        (#""\ud800""#, "unpaired surrogate at byte 1"),
        (#""\udc00""#, "unpaired surrogate at byte 1"),
        (#"["\ud83e\u0041"]"#, "unpaired surrogate at byte 2"),
        (#""\u12""#, "\\u must be followed by four hexadecimal digits at byte 1"),
        ("\"a", "unterminated string at byte 1"),
        ("+1", "expected a value, found '+' at byte 0"), ("01", "expected a value, found '0' at byte 0"),
        ("1.", "expected a value, found '1' at byte 0"), (".5", "expected a value, found '.' at byte 0"),
        ("--1", "expected a value, found '-' at byte 0"), ("1e", "expected a value, found '1' at byte 0"),
        ("tru", "expected a value, found 't' at byte 0"), ("nul", "expected a value, found 'n' at byte 0"),
        ("NaN", "expected a value, found 'N' at byte 0"),
        ("[-Infinity]", "expected a value, found '-' at byte 1"),
    ]) func malformedJSONIsRefusedWithItsPosition(text: String, message: String) {
        #expect(fault(text) == message)
    }

    @Test func toleranceCoversControlCharactersLoneSurrogatesAndPythonNumbers() throws {
        let document = try parse("[\"a\u{1}\n\", \"\\ud800x\\udc00\", NaN, -Infinity, Infinity]", .tolerant)
        guard case .list(let values) = document.root, case .string(let raw) = values[0],
            case .string(let halves) = values[1], case .number(let number) = values[2]
        else { return #expect(Bool(false)) }
        #expect(document.string(raw) == "a\u{1}\n" && document.string(halves) == "\u{FFFD}x\u{FFFD}")
        #expect(document.string(number) == "NaN" && document.double(values[2]) == nil)
        for text in ["[01]", "{\"a\":1,\"a\":1}", "[1,]", "'a'", "nan", "[\"\\x\"]"] {
            #expect(fault(text, .tolerant) != nil, "\(text)")
        }
    }

    @Test(arguments: [1, 2, 8, 9, 100, 5000]) func aDuplicateNameIsRefused(count: Int) {
        func object(_ names: [String]) -> String {
            "{" + names.map { "\"\($0)\":1" }.joined(separator: ",") + "}"
        }
        let names = (0..<count).map { "a long name, number \($0)" }
        #expect(fault(object(names)) == nil)
        for twice in Set([0, count / 2, count - 1]) {
            let message = fault(object(names + [names[twice]]))
            #expect(message?.hasPrefix("duplicate name '\(names[twice])' in an object") == true)
        }
        #expect(fault("[{\"a\":1},{\"a\":2},{\"b\":{\"a\":1},\"a\":1}]") == nil)
        #expect(fault("{\"a\":1,\"\\u0061\":2}") != nil)
    }

    @Test func depthIsBounded() throws {
        _ = try parse(String(repeating: "[", count: 64) + String(repeating: "]", count: 64))
        #expect(fault(String(repeating: "[", count: 1_000_000)) == "nested deeper than 64 at byte 64")
        #expect(fault(String(repeating: "{\"a\":", count: 100_000)) == "nested deeper than 64 at byte 320")
    }

    @Test func invalidUTF8IsRefusedAndAByteOrderMarkSkipped() throws {
        for bytes in [[0x22, 0xFF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22]]
            as [[UInt8]]
        {
            let error = #expect(throws: JSONFault.self) { try JSONDocument(bytes) }
            #expect(error?.description == "the text is not valid UTF-8 at byte 1")
        }
        let document = try JSONDocument([0xEF, 0xBB, 0xBF] + Array("[\"é\"]".utf8))
        #expect(document.arena == Array("é".utf8))
        let error = #expect(throws: JSONFault.self) { try JSONDocument([0xEF, 0xBB, 0xBF, 0x78]) }
        #expect(error?.offset == 3)
    }
}

extension JSONDocument.Value {
    fileprivate func integer(in document: JSONDocument) -> Int? { document.integer(self) }
}
