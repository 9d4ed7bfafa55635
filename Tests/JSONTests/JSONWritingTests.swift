import JSON
import Testing

@Suite struct JSONWritingTests {
    @Test func textsAreEscapedAsInPython() {
        // json.dumps(text, ensure_ascii=False) of the same text.
        var writer = JSONWriter()
        writer.string("\"\\/\u{0}\u{8}\u{9}\n\u{B}\u{C}\r\u{1F} \u{7F}é\u{2028}🦙")
        #expect(
            writer.bytes
                == Array(#""\"\\/\u0000\b\t\n\u000b\f\r\u001f "#.utf8) + [0x7F] + Array("é\u{2028}🦙\"".utf8))
        var ascii = JSONWriter(escaping: .ascii)
        ascii.string("a/\u{7F}é你🦙\u{FFFF}")
        #expect(
            ascii.bytes == Array(#""a\/"#.utf8) + [0x7F] + Array(#"\u00e9\u4f60\ud83e\udd99\uffff""#.utf8))
    }

    @Test func everyScalarRoundTrips() throws {
        let scalars = (0..<0x110000).compactMap { Unicode.Scalar($0) }
        for escaping in [JSONEscaping.necessary, .ascii] {
            for start in stride(from: 0, to: scalars.count, by: 4099) {
                var view = String.UnicodeScalarView()
                view.append(contentsOf: scalars[start..<min(start + 4099, scalars.count)])
                let text = Array(String(view).utf8)
                var writer = JSONWriter(escaping: escaping)
                writer.string(text[...])
                let document = try JSONDocument(writer.bytes)
                #expect(document.arena == text, "\(start)")
            }
        }
    }

    @Test func membersAndElementsAreSeparated() {
        func write(_ writer: inout JSONWriter) {
            writer.object { writer in
                writer.member("a") { $0.list([1, 2]) { $0.integer($1) } }
                writer.member("b") { $0.object { _ in } }
                writer.member("c") { $0.list([] as [Int]) { $0.integer($1) } }
                writer.member("d") { $0.number(0.1) }
                writer.member("e") { $0.number(.infinity) }
                writer.member("f") { $0.boolean(true) }
                writer.member("g") { $0.null() }
            }
        }
        var writer = JSONWriter()
        write(&writer)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"a":[1,2],"b":{},"c":[],"d":0.1,"e":null,"f":true,"g":null}"#)
        var spaced = JSONWriter(isSpaced: true)
        write(&spaced)
        #expect(
            String(decoding: spaced.bytes, as: UTF8.self)
                == #"{"a": [1, 2], "b": {}, "c": [], "d": 0.1, "e": null, "f": true, "g": null}"#)
    }

    @Test func formattingKeepsOrderAndDigits() throws {
        let text = #"{"z":1.50,"a":[1,2,{"b":"x,}\""}],"long":{"k":null,"e":{}}}"#
        #expect(
            String(decoding: try JSONLayout.indented(Array(text.utf8)), as: UTF8.self) == """
                {
                  "z": 1.50,
                  "a": [1, 2, {"b": "x,}\\""}],
                  "long": {"k": null, "e": {}}
                }

                """)
        let wide = "[" + Array(repeating: "\"0123456789\"", count: 6).joined(separator: " , ") + "]"
        #expect(try JSONLayout.indented(Array(wide.utf8)).split(separator: 0x0A).count == 8)
        for text in ["", "{", "plain", #"{"a":}"#, "[1,]]", String(repeating: "[", count: 100_000)] {
            #expect(throws: JSONFault.self) { try JSONLayout.indented(Array(text.utf8)) }
        }
    }
}

@Suite struct JSONRecordTests {
    private struct Record: Codable, Equatable {
        var name: String
        var count: Int?
    }

    @Test func recordsRoundTrip() throws {
        let record = Record(name: "a/é\n", count: 7)
        let bytes = try JSONRecord.encode(record)
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"count":7,"name":"a/é\n"}"#)
        #expect(try JSONRecord.decode(Record.self, from: bytes) == record)
    }

    @Test(arguments: [
        ("{", "not valid JSON: expected a string, found the end at byte 1"),
        ("{\"count\":1}", "'name' is missing"),
        ("{\"name\":1}", "a value of the wrong type at 'name'"),
        (
            "{\"name\":\"a\",\"name\":\"b\"}",
            "not valid JSON: duplicate name 'name' in an object at byte 23"
        ),
        (
            "{\"name\":\"\(String(repeating: "a", count: 100))\"}",
            "111 bytes of JSON, more than the limit of 100"
        ),
    ]) func malformedRecordsAreRefusedWithAMessage(text: String, message: String) {
        let failure = #expect(throws: JSONRecord.Failure.self) {
            try JSONRecord.decode(Record.self, from: Array(text.utf8), limit: 100)
        }
        #expect(failure?.description == message)
    }
}
