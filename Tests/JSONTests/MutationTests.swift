import Digests
import Files
import JSON
import TestSupport
import Testing
import Texts

/// 20,000 texts, most of them damaged, are read as Python's json reads them, or refused as it refuses them; names that stand
/// twice, deep nesting and halves of surrogate pairs are refused too. `References/mutations.py` has made the fixture.
@Suite struct MutationTests {
    private struct Fixture {
        var mutations = Mutations()
        var blocks: [(letters: String, digest: String)] = []

        init() throws {
            let folder = FilePath(#filePath).parent.appending("Fixtures")
            let text = String(
                decoding: try FileContents.read(folder.appending("mutations.txt")), as: UTF8.self)
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                switch words[0] {
                case "base": mutations.bases.append(Mutations.bytes(words[1]))
                case "token": mutations.tokens.append(Mutations.bytes(words[1]))
                default: blocks.append((words[0], words[1]))
                }
            }
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
        var draw = Mutations.Draw(7)
        for (number, block) in fixture.blocks.enumerated() {
            var letters = ""
            var read: [UInt8] = []
            for _ in 0..<100 {
                let text = fixture.mutations.next(&draw)
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
        var draw = Mutations.Draw(99)
        for _ in 0..<2000 {
            let text = fixture.mutations.next(&draw)
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
