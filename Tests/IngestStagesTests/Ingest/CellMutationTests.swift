import Columns
import Digests
import Files
import FoundationEssentials
import TestSupport
import Testing

@testable import IngestStages

/// 20,000 CSV files and 20,000 printed lists, most of them damaged, are read as Python reads them, or refused as it refuses them.
/// `References/cells.py` has made the fixture, and says what the letters mean. If `SLUICE_CELLS` names a file that it has written,
/// those in it are tried, too.
@Suite struct CellMutationTests {
    private struct Fixture {
        var mutations = Mutations()
        var seed: UInt64 = 0
        var blocks: [(letters: String, digest: String)] = []

        static func all(_ section: String) throws -> [Fixture] {
            let more = ProcessInfo.processInfo.environment["SLUICE_CELLS"].map { [FilePath($0)] } ?? []
            return try ([FilePath(#filePath).parent.parent.appending("Fixtures/cells.txt")] + more).map {
                try Fixture(section, $0)
            }
        }

        private init(_ section: String, _ path: FilePath) throws {
            for line in String(decoding: try FileContents.read(path), as: UTF8.self).split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                guard words[0] == section else { continue }
                switch words[1] {
                case "seed": seed = UInt64(words[2]) ?? 0
                case "base": mutations.bases.append(Mutations.bytes(words[2]))
                case "token": mutations.tokens.append(Mutations.bytes(words[2]))
                default: blocks.append((words[1], words[2]))
                }
            }
        }

        /// Compares what `read` makes of each text with the fixture; nil where it cannot be read.
        func compare(_ read: (_ text: [UInt8], _ letter: Character) -> (letter: Character, value: [UInt8]))
            throws
        {
            #expect(blocks.count == 200)
            var draw = Mutations.Draw(seed)
            for (number, block) in blocks.enumerated() {
                var letters = ""
                var values: [UInt8] = []
                var texts: [[UInt8]] = []
                for expected in block.letters {
                    let text = mutations.next(&draw)
                    let (letter, value) = read(text, expected)
                    letters.append(letter)
                    values += value + [0x0A]
                    texts.append(text)
                }
                let differing = zip(zip(letters, block.letters), texts).first { $0.0.0 != $0.0.1 }
                #expect(
                    letters == block.letters,
                    "block \(number): \(differing.map { String(decoding: $0.1, as: UTF8.self).debugDescription } ?? "")"
                )
                #expect(
                    SHA256.digest(of: values).hexadecimal.prefix(16) == block.digest, "block \(number)")
            }
        }
    }

    private func written(_ text: some Collection<UInt8>) -> [UInt8] {
        Array("s\(text.count):".utf8) + text
    }

    /// The records before the first that is malformed.
    private func records(_ bytes: [UInt8]) -> (letter: Character, value: [UInt8]) {
        let scan = CSVScanner.scan(bytes, isEnd: true)
        let batch = CSVBatch(bytes: bytes, fields: scan.fields, recordEnds: scan.recordEnds)
        var (scratch, value): ([UInt8], [UInt8]) = ([], [])
        for index in 0..<batch.count {
            let record = batch.record(index)
            guard !record.contains(where: \.isMalformed) else { return ("d", value) }
            for field in record { value += written(batch.text(field, scratch: &scratch)) }
            value.append(0x0A)
        }
        return (scan.isInsideQuotes ? "d" : "r", value)
    }

    @Test func damagedFilesAreReadAsInPython() throws {
        for fixture in try Fixture.all("csv") {
            try fixture.compare { text, letter in letter == "?" ? ("?", []) : records(text) }
        }
    }

    /// Wherever a piece of a file ends, its records are the same.
    @Test func piecesHaveTheRecordsOfTheWhole() throws {
        let mutations = try #require(try Fixture.all("csv").first).mutations
        var draw = Mutations.Draw(5)
        for _ in 0..<2000 {
            let text = mutations.next(&draw)
            let whole = CSVScanner.scan(text, isEnd: true)
            let cut = draw.below(text.count + 1)
            let first = CSVScanner.scan(Array(text[..<cut]), isEnd: false)
            let rest = Array(text[first.consumed...])
            let second = CSVScanner.scan(rest, isEnd: true)
            var fields = first.fields
            fields += second.fields.map { field in
                var moved = field
                moved.start += first.consumed
                moved.end += first.consumed
                return moved
            }
            #expect(fields == whole.fields)
            #expect(
                first.recordEnds + second.recordEnds.map { $0 + first.fields.count } == whole.recordEnds)
            #expect(second.isInsideQuotes == whole.isInsideQuotes)
        }
    }

    /// A value as bytes that no other value has; numbers and truth values are alike.
    private func written(_ value: RecordValue) -> [UInt8] {
        switch value {
        case .null: Array("n".utf8)
        case .text(let text): written(text)
        case .scalar, .foreign: Array("#".utf8)
        case .list(let values): Array("[".utf8) + values.flatMap { written($0) } + Array("]".utf8)
        case .record(let members):
            Array("{".utf8) + members.flatMap { written($0.name.utf8) + written($0.value) } + Array("}".utf8)
        }
    }

    @Test func printedListsAreReadAsInPython() throws {
        for fixture in try Fixture.all("list") {
            try fixture.compare { text, letter in
                // Others than Python print lists, too: what it refuses may be read.
                guard letter == "r" else { return (letter, []) }
                guard let value = try? PythonLiteral.parse(text[...]) else { return ("-", []) }
                return ("r", written(value))
            }
        }
    }
}
