import Digests
import Files
import JSON
import Testing
import Texts

/// 20,000 texts, most of them damaged, are read as Python's json reads them, or refused as it refuses them; names that stand
/// twice, deep nesting and halves of surrogate pairs are refused too. `References/mutations.py` has made the fixture.
@Suite struct MutationTests {
    /// A linear congruential generator of 64 bits, by its upper half.
    private struct Draw {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    private struct Fixture {
        var bases: [[UInt8]] = []
        var tokens: [[UInt8]] = []
        var blocks: [(letters: String, digest: String)] = []

        init() throws {
            let folder = FilePath(#filePath).parent.appending("Fixtures")
            let text = String(
                decoding: try FileContents.read(folder.appending("mutations.txt")), as: UTF8.self)
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                switch words[0] {
                case "base": bases.append(Self.bytes(words[1]))
                case "token": tokens.append(Self.bytes(words[1]))
                default: blocks.append((words[0], words[1]))
                }
            }
        }

        private static func bytes(_ hexadecimal: String) -> [UInt8] {
            let digits = hexadecimal.utf8.map { UInt8($0 < 0x3A ? $0 - 0x30 : $0 - 0x57) }
            return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        }

        func mutation(_ draw: inout Draw) -> [UInt8] {
            var text = bases[draw.below(bases.count)]
            for _ in 0..<draw.below(4) {
                let place = draw.below(text.count + 1)
                let next = min(place + 1, text.count)
                let change = draw.below(6)
                switch change {
                case 0: text.insert(contentsOf: tokens[draw.below(tokens.count)], at: place)
                case 1: text.removeSubrange(place..<min(place + draw.below(8), text.count))
                case 2:
                    text.insert(contentsOf: text[place..<min(place + draw.below(20), text.count)], at: place)
                case 3 where draw.below(8) == 0: text.removeSubrange(place...)
                case 4: text.replaceSubrange(place..<next, with: [UInt8(draw.below(256))])
                default: text.replaceSubrange(place..<next, with: [UInt8(0x20 + draw.below(0x60))])
                }
            }
            return text
        }
    }

    /// A value as bytes that no other value has.
    private func written(_ value: JSONDocument.Value, of document: JSONDocument) -> [UInt8] {
        func text(_ text: JSONDocument.Text) -> [UInt8] {
            let bytes = document.bytes(text)
            return Array("s\(bytes.count):".utf8) + bytes
        }
        switch value {
        case .null: return Array("n".utf8)
        case .boolean(let value): return Array((value ? "t" : "f").utf8)
        case .number(let digits): return Array("#".utf8) + document.bytes(digits) + Array(";".utf8)
        case .string(let value): return text(value)
        case .list(let values):
            return Array("[".utf8) + values.flatMap { written($0, of: document) } + Array("]".utf8)
        case .object(let members):
            return Array("{".utf8) + members.flatMap { text($0.name) + written($0.value, of: document) }
                + Array("}".utf8)
        }
    }

    @Test func damagedTextsAreReadAndRefusedAsInPython() throws {
        let fixture = try Fixture()
        #expect(fixture.blocks.count == 200)
        var draw = Draw(state: 7)
        for (number, block) in fixture.blocks.enumerated() {
            var letters = ""
            var read: [UInt8] = []
            for _ in 0..<100 {
                let text = fixture.mutation(&draw)
                var letter = "-"
                for (rules, name) in [(JSONRules.tolerant, "t"), (.strict, "s")] {
                    guard let document = try? JSONDocument(text, rules: rules) else { continue }
                    letter = name
                    read += written(document.root, of: document) + [0x0A]
                }
                // The scanner and the layout read the same texts.
                var scanner = JSONScanner(text[...], rules: .tolerant)
                let isValue =
                    invalidUTF8(text) == nil && (try? scanner.skipValue()) != nil && scanner.peek() == nil
                if letter != "-" { #expect(isValue || text.starts(with: [0xEF, 0xBB, 0xBF])) }
                #expect((letter == "s") == ((try? JSONDocument(text)) != nil))
                letters += letter
            }
            #expect(letters == block.letters, "block \(number)")
            #expect(SHA256.digest(of: read).hexadecimal.prefix(16) == block.digest, "block \(number)")
        }
    }

    /// What is laid out says the same, and is laid out as it was.
    @Test func formattingChangesOnlyWhitespace() throws {
        let fixture = try Fixture()
        var draw = Draw(state: 99)
        for _ in 0..<2000 {
            let text = fixture.mutation(&draw)
            guard let document = try? JSONDocument(text), !text.starts(with: [0xEF, 0xBB, 0xBF]) else {
                continue
            }
            let layout = try JSONLayout.indented(text)
            let again = try JSONDocument(layout)
            #expect(written(again.root, of: again) == written(document.root, of: document))
            #expect(try JSONLayout.indented(layout) == layout)
        }
    }
}
