import Testing

@testable import Texts

@Suite struct BytewiseTests {
    /// A mark that makes one `Character` with what stands before it.
    private static let mark = "\u{301}"

    @Test func textsAreSplitByBytes() {
        #expect("a,b,,c".parts(between: ",") == ["a", "b", "", "c"])
        #expect("a,b,,c".parts(between: ",", omitsEmpty: true) == ["a", "b", "c"])
        #expect("a,b,c".parts(between: ",", maxSplits: 1) == ["a", "b,c"])
        #expect("a,\(Self.mark)b".parts(between: ",") == ["a", "\(Self.mark)b"])
        #expect("\r\na\r\n".parts(between: "\n") == ["\r", "a\r", ""])
        #expect("a\"\(Self.mark)b".replacing(each: "\"", by: "''") == "a''\(Self.mark)b")
    }

    @Test func placesAreThoseOfBytes() throws {
        let text = "a=\(Self.mark)b=c"
        let first = try #require(text.firstIndex(ofASCII: "="))
        #expect(text.suffix(after: first).utf8.elementsEqual("\(Self.mark)b=c".utf8))
        #expect(text.firstIndex(ofASCII: "x") == nil)
        #expect("/\(Self.mark)x".beginsWith("/") && !"x/".beginsWith("/"))
        #expect("x.yaml".endsWith(".yaml") && !"yaml".endsWith(".yaml"))
    }

    @Test(arguments: [
        ("", ""), ("  \t\r\n", ""), ("a", "a"), (" a b\r\n", "a b"), ("\u{301} a", "\u{301} a"),
        // A space and a combining accent are one Character, and still a space.
        (" \u{301}a ", "\u{301}a"),
    ]) func whiteSpaceIsTrimmedByBytes(text: String, trimmed: String) {
        #expect(Array(text.utf8.trimmed) == Array(trimmed.utf8))
        #expect(Array("x\(text)x".utf8.trimmed { $0 == UInt8(ascii: "x") }) == Array(text.utf8))
    }

    @Test(
        arguments: [
            ([], ""), ([0], "00"), ([0x0F, 0xF0, 0x9A, 0xA9], "0ff09aa9"), (Array(0...255), nil),
        ] as [([UInt8], String?)]) func bytesAreHexadecimalDigits(bytes: [UInt8], digits: String?)
    {
        let text = Hexadecimal.text(of: bytes)
        if let digits { #expect(text == digits) }
        #expect(Hexadecimal.bytes(of: text) == bytes && Hexadecimal.bytes(of: text.uppercased()) == bytes)
        #expect(text == bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }

    @Test(arguments: ["0", "012", "0g", "g0", " 0", "0x", "/0", ":0", "@0", "G0", "`0", "é", "٠٠"])
    func otherTextsHaveNoBytes(text: String) { #expect(Hexadecimal.bytes(of: text) == nil) }

    @Test func anIntegerHasSixteenDigits() {
        #expect(Hexadecimal.text(of: 0x0123_4567_89AB_CDEF) == "0123456789abcdef")
        #expect(Hexadecimal.text(of: UInt64.max) == String(repeating: "f", count: 16))
        #expect(Hexadecimal.text(of: UInt64(0)) == String(repeating: "0", count: 16))
    }

    @Test func mapsAndSetsTellTextsApartByTheirBytes() {
        var map: TextMap<Int> = ["\u{E9}": 1, "e\u{301}": 2]
        #expect(map.count == 2 && map["\u{E9}"] == 1 && map["e\u{301}"] == 2 && map["e"] == nil)
        map["x", default: 5] += 1
        #expect(map["x"] == 6 && map.updateValue(7, forKey: "x") == 6)
        #expect(map.mapValues { $0 * 2 }["e\u{301}"] == 4)
        #expect(map.map(\.value).sorted() == [1, 2, 7] && map.all.max() == 7)
        #expect(TextMap(first: [("a", 1), ("a", 2)])["a"] == 1)
        var set = TextSet(["\u{E9}"])
        #expect(set.insert("e\u{301}") && !set.insert("\u{E9}") && set.count == 2 && set.contains("e\u{301}"))
    }

    @Test func csvFieldsAreQuotedByBytes() {
        for (text, field) in [
            ("plain", "plain"), ("a,b", "\"a,b\""), ("a,\(Self.mark)b", "\"a,\(Self.mark)b\""),
            ("a\r\nb", "\"a\r\nb\""), ("\"\(Self.mark)", "\"\"\"\(Self.mark)\""), ("", ""),
        ] {
            var csv: [UInt8] = []
            CSVField.append(text, to: &csv)
            #expect(csv == Array(field.utf8), "\(text.debugDescription)")
        }
    }
}
