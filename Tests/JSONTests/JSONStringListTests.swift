import FoundationEssentials
import JSON
import Testing

@Suite struct JSONStringListTests {
    private func decoded(_ cell: [UInt8], doubled: Bool, limit: Int = 100) -> [[UInt8]?]? {
        var text = Array("before".utf8)
        var ends: [Int] = []
        var nulls: [Bool] = []
        guard
            JSONStringList.decode(
                cell.span, quotesAreDoubled: doubled, limit: limit, text: &text, ends: &ends, nulls: &nulls)
        else { return nil }
        #expect(text.starts(with: "before".utf8) && ends.count == nulls.count)
        var start = 6
        return zip(ends, nulls).map { end, isNull in
            defer { start = end }
            return isNull ? nil : Array(text[start..<end])
        }
    }

    private func both(_ cell: String, limit: Int = 100) -> [[UInt8]?]? {
        let plain = decoded(Array(cell.utf8), doubled: false, limit: limit)
        let doubled = cell.utf8.flatMap { $0 == 0x22 ? [0x22, 0x22] : [$0] }
        #expect(decoded(doubled, doubled: true, limit: limit) == plain, "\(cell)")
        return plain
    }

    @Test(
        arguments: [
            ("[]", []),
            (" [ ] ", []),
            (#"["a","bc"]"#, ["a", "bc"]),
            (" [ \"a\" ,\n\tnull\r, \"\" ] ", ["a", nil, ""]),
            (#"["\"\\\/\b\f\n\r\t"]"#, ["\"\\/\u{8}\u{C}\n\r\t"]),
            (#"["\u0041\u00e9\u4f60\uFFFF"]"#, ["Aé你\u{FFFF}"]),
            (
                #"["\ud83d\ude00","\ud83d","\ude00","\ud83d\ud83d\ude00"]"#,
                ["😀", "\u{FFFD}", "\u{FFFD}", "\u{FFFD}😀"]
            ),
            (#"["\ud83d\u0041"]"#, ["\u{FFFD}A"]),
            ("[\"raw\u{1}\ncontrol\"]", ["raw\u{1}\ncontrol"]),
            ("[\"exactly 8\",\"日本語テキスト\"]", ["exactly 8", "日本語テキスト"]),
        ] as [(String, [String?])])
    func decodes(cell: String, expected: [String?]) {
        #expect(both(cell) == expected.map { $0.map { Array($0.utf8) } })
    }

    @Test(arguments: [
        "", "[", "]", "{}", "[1]", "[\"a\"", "[\"a", "[\"a\\", "[\"a\\u12", "[\"\\u12g4\"]", "[\"\\x\"]",
        "[\"a\",]", "[\"a\" \"b\"]", "[,]", "[nul]", "[nullx]", "[\"a\"]x", "[[\"a\"]]", "null", "\"a\"",
        "[\"\\ud83d\\u\"]",
    ])
    func otherTextsThanListsAreRejected(cell: String) {
        #expect(both(cell) == nil)
    }

    /// Escapes of all scalars of the basic plane except surrogates, many in a row and near the cell's end.
    @Test func escapesOfAllScalarsAreRead() {
        let scalars = (0..<0x10000).compactMap { Unicode.Scalar($0) }
        for start in stride(from: 0, to: scalars.count, by: 61) {
            let some = scalars[start..<min(start + 61, scalars.count)]
            let cell = some.map { scalar in
                let digits = String(scalar.value, radix: 16, uppercase: scalar.value % 3 == 0)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
            var text = String.UnicodeScalarView()
            text.append(contentsOf: some)
            #expect(both("[\"\(cell)\"]") == [Array(String(text).utf8)], "\(start)")
        }
    }

    @Test func rejectsInvalidHexadecimalDigits() {
        let digits = Array("0123456789abcdefABCDEF".utf8)
        for place in 0..<4 {
            for byte in UInt8(0)..<0x80 {
                var cell = Array(#"["\u0041 and then more"]"#.utf8)
                cell[4 + place] = byte
                #expect((decoded(cell, doubled: false) != nil) == digits.contains(byte), "\(place) \(byte)")
            }
        }
    }

    @Test func theNumberOfElementsIsBounded() {
        #expect(both(#"["a","b","c"]"#, limit: 3)?.count == 3)
        #expect(both(#"["a","b","c"]"#, limit: 2) == nil)
    }

    @Test func rejectsASingleQuoteAmongDoubledOnes() {
        #expect(decoded(Array(#"[""a"b""]"#.utf8), doubled: true) == nil)
        #expect(decoded(Array(#"["a"]"#.utf8), doubled: true) == nil)
        #expect(decoded(Array(#"[""a\"x""]"#.utf8), doubled: true) == nil)
    }

    /// Texts of all lengths, so that quotes and escapes fall on every place of a word, against Foundation's encoder.
    @Test func readsWhatFoundationWrites() throws {
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let pieces = ["a", "words ", "\"", "\\", "\n", "/", "é", "你好", "🙂", "\u{1}", "\u{7F}", "'", ",", "]"]
        let encoder = JSONEncoder()
        for _ in 0..<500 {
            let texts: [String?] = (0..<next(6)).map { _ in
                next(8) == 0 ? nil : (0..<next(20)).map { _ in pieces[next(pieces.count)] }.joined()
            }
            let cell = String(decoding: try encoder.encode(texts), as: UTF8.self)
            #expect(both(cell) == texts.map { $0.map { Array($0.utf8) } }, "\(cell)")
        }
    }

    /// A damaged cell is rejected or read, and nothing is written out of bounds.
    @Test func damagedCellsNeverCrash() {
        let good = Array(
            #"["Hello \u4f60\u597d","\ud83d\ude00 \"x\" \\n",null,"a longer text of some words"]"#.utf8)
        var state: UInt64 = 99
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0...next(3) {
                switch next(3) {
                case 0: bytes[next(bytes.count)] = UInt8(next(256))
                case 1: bytes.removeLast(next(bytes.count))
                default: bytes.insert([0x22, 0x5C, 0x75, 0x5D][next(4)], at: next(bytes.count))
                }
                if bytes.isEmpty { bytes = [0x5B] }
            }
            for doubled in [false, true] {
                let texts = decoded(bytes, doubled: doubled) ?? []
                #expect(texts.reduce(0) { $0 + ($1?.count ?? 0) } <= bytes.count)
            }
        }
    }
}
