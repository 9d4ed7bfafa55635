import Testing

@testable import Texts

@Suite struct BytewiseTests {
    /// A mark that makes one `Character` with what stands before it.
    private static let mark = "\u{301}"

    @Test func `texts are split by bytes`() {
        #expect("a,b,,c".parts(between: ",") == ["a", "b", "", "c"])
        #expect("a,b,,c".parts(between: ",", omitsEmpty: true) == ["a", "b", "c"])
        #expect("a,b,c".parts(between: ",", maxSplits: 1) == ["a", "b,c"])
        #expect("a,\(Self.mark)b".parts(between: ",") == ["a", "\(Self.mark)b"])
        #expect("\r\na\r\n".parts(between: "\n") == ["\r", "a\r", ""])
        #expect("a\"\(Self.mark)b".replacing(each: "\"", by: "''") == "a''\(Self.mark)b")
    }

    @Test func `places are those of bytes`() throws {
        let text = "a=\(Self.mark)b=c"
        let first = try #require(text.firstPlace(of: "="))
        #expect(text.behind(first).utf8.elementsEqual("\(Self.mark)b=c".utf8))
        #expect(text.firstPlace(of: "x") == nil)
        #expect("/\(Self.mark)x".beginsWith("/") && !"x/".beginsWith("/"))
        #expect("x.yaml".endsWith(".yaml") && !"yaml".endsWith(".yaml"))
    }

    @Test func `maps and sets tell texts apart by their bytes`() {
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

    @Test func `CSV fields are quoted by bytes`() {
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
