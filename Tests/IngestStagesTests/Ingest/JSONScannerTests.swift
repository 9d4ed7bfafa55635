import JSON
import Testing

@testable import Comparisons
@testable import IngestStages

struct JSONScannerTests {
    /// The decoded elements of a cell.
    private func decoded(_ cell: String) throws -> [String?] {
        var buffer = StringListBuffer()
        try buffer.decode(Array(cell.utf8)[...])
        // The quick way and the careful one agree.
        var careful = StringListBuffer()
        try careful.decodeCarefully(Array(cell.utf8)[...])
        #expect(buffer == careful)
        return (0..<buffer.count).map { index in buffer[index].map { String(decoding: $0, as: UTF8.self) } }
    }

    private func fault(_ cell: String) -> JSONFault? {
        do {
            _ = try decoded(cell)
            return nil
        } catch {
            return error as? JSONFault
        }
    }

    @Test(
        arguments: [
            ("[]", []),
            (#"["a","b"]"#, ["a", "b"]),
            (" [ \"a\" ,\n\t\"b\" ]\r\n", ["a", "b"]),
            ("[null]", [nil]),
            (#"["",null,""]"#, ["", nil, ""]),
            (#"["a\nb\t\"\\\/\b\f\r"]"#, ["a\nb\t\"\\/\u{8}\u{C}\r"]),
            (#"["\u0041\u00e9\u4F60"]"#, ["Aé你"]),
            (#"["\ud83d\ude00"]"#, ["😀"]),
            (#"["\ud83d"]"#, ["\u{FFFD}"]),
            (#"["\ude00x"]"#, ["\u{FFFD}x"]),
            (#"["\ud83dx\ud83d\ud83d\ude00"]"#, ["\u{FFFD}x\u{FFFD}😀"]),
            (#"["\ud83d\n"]"#, ["\u{FFFD}\n"]),
            ("[\"a\u{1}\nb\"]", ["a\u{1}\nb"]),
            (#"["\u0000"]"#, ["\u{0}"]),
            ("[\"😀é\"]", ["😀é"]),
            (#"["\\u0041"]"#, [#"\u0041"#]),
        ] as [(String, [String?])])
    func decodes(_ cell: String, _ expected: [String?]) throws {
        #expect(try decoded(cell) == expected)
    }

    @Test(arguments: [
        ("", "expected '[', found the end at byte 0"),
        ("null", "expected '[', found 'n' at byte 0"),
        (#""a""#, "expected '[', found '\"' at byte 0"),
        ("[1]", "expected a string or null, found '1' at byte 1"),
        ("[[\"a\"]]", "expected a string or null, found '[' at byte 1"),
        ("[\"a\",]", "expected a string or null, found ']' at byte 5"),
        ("[\"a\" \"b\"]", "expected ',' or ']', found '\"' at byte 5"),
        ("[\"a\"", "expected ',' or ']', found the end at byte 4"),
        ("[\"a", "unterminated string at byte 2"),
        ("[\"a\\", "unterminated string at byte 2"),
        ("[\"a\"]x", "expected the end of the list, found 'x' at byte 5"),
        ("[nul]", "expected a string or null, found 'n' at byte 1"),
        (#"["ab\x"]"#, "invalid escape: '\\' followed by 'x' at byte 4"),
        (#"["\u12g4"]"#, "\\u must be followed by four hexadecimal digits at byte 2"),
        (#"["\u12"#, "\\u must be followed by four hexadecimal digits at byte 2"),
    ])
    func rejects(_ cell: String, _ message: String) {
        #expect(fault(cell)?.description == message)
    }

    @Test func boundsTheElements() {
        let limit = StringListBuffer.elementLimit
        let full = "[" + Array(repeating: "null", count: limit).joined(separator: ",") + "]"
        #expect(fault(full) == nil)
        #expect(fault("[null," + full.dropFirst())?.reason.hasPrefix("more than \(limit) elements") == true)
    }

    @Test func boundsTheDepthOfSkippedValues() throws {
        var flat = JSONScanner(Array(#"{"a":[1,-2.5e3,true,{"b":null}],"c":"\u00e9"} "#.utf8)[...])
        try flat.skipValue()
        #expect(flat.peek() == nil)
        let text = String(repeating: "[", count: 100_000)
        var deep = JSONScanner(Array(text.utf8)[...])
        #expect(throws: JSONFault.self) { try deep.skipValue() }
    }

    @Test func survivesAnyTruncationAndAnyFlippedByte() {
        let cell = Array(#"["a\u00e9\ud83d\ude00","b\n",null,""]"#.utf8)
        for end in 0..<cell.count {
            var buffer = StringListBuffer()
            #expect(throws: JSONFault.self) { try buffer.decode(cell[..<end]) }
        }
        for index in cell.indices {
            for byte in [UInt8(0), 0x22, 0x5C, 0x5D, 0x75, 0xFF] {
                var changed = cell
                changed[index] = byte
                var buffer = StringListBuffer()
                try? buffer.decode(changed[...])
            }
        }
    }

    @Test func findsEscapesThatWereEscaped() throws {
        func contains(_ cell: String) throws -> Bool {
            var buffer = StringListBuffer()
            try buffer.decode(Array(cell.utf8)[...])
            return buffer.containsUnicodeEscape
        }
        #expect(try contains(#"["x\\u00e9"]"#))
        #expect(try contains(#"["","\\uABCD"]"#))
        #expect(try !contains(#"["\u00e9","\\u00g9","\\u12"]"#))
        // An escape does not reach over the border of two elements.
        #expect(try !contains(#"["\\u00","41"]"#))
    }
}
