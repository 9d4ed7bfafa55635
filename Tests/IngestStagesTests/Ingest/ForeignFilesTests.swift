import Files
import StageKit
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import IngestStages

/// Files that people have instead of a plain table: read, or refused by name with what to do.
struct ForeignFilesTests {
    private static let text =
        "id,prompt,response_a,response_b,winner\n"
        + (1...30).map { "\($0),\"[\"\"Hi \($0)\"\"]\",\"[\"\"a\"\"]\",\"[\"\"b\"\"]\",model_a\n" }.joined()

    private func message(_ bytes: [UInt8], _ parameters: [String: Value] = [:]) -> String? {
        do {
            _ = try SourceTrial(bytes, named: "data.csv", "auto", parameters)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func utf16(_ text: String, isBigEndian: Bool, hasMark: Bool) -> [UInt8] {
        ((hasMark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBigEndian ? [high, low] : [low, high]
        }
    }

    @Test(arguments: [true, false], [true, false])
    func wideCharactersAreNamed(isBigEndian: Bool, hasMark: Bool) {
        let message = message(utf16(Self.text, isBigEndian: isBigEndian, hasMark: hasMark))
        #expect(message?.contains("data.csv is text in UTF-16") == true)
        #expect(message?.contains("iconv") == true)
    }

    @Test(arguments: [true, false]) func widestCharactersAreNamed(isBigEndian: Bool) {
        let bytes = Self.text.utf8.flatMap { byte -> [UInt8] in
            isBigEndian ? [0, 0, 0, byte] : [byte, 0, 0, 0]
        }
        #expect(message(bytes)?.contains("text in UTF-32\(isBigEndian ? "BE" : "LE")") == true)
    }

    @Test(arguments: [
        ("<!DOCTYPE html>\n<html lang=\"en\"><head><title>Sign in</title></head></html>\n", "an HTML page"),
        ("\n <HTML><body>", "an HTML page"), ("<!-- saved from --><html>", "an HTML page"),
        ("<?xml version=\"1.0\"?><a/>", "an XML document"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull"),
        ("%PDF-1.7\n", "a PDF document"), ("SQLite format 3\0", "an SQLite database"),
        ("┌────┬────┐\n│ id │ a │\n", "a table drawn for people"),
        ("+----+----+\n| id | a  |\n", "a table drawn for people"),
        (text.replacing(",", with: ";"), "separated by semicolons"),
        (text.replacing(",", with: "\t"), "separated by tabs"),
        (text.replacing("\n", with: "\r"), "carriage return alone"),
        ("sep=,\n" + text, "'sep=' is for Excel"),
        (
            text.replacing("id,prompt", with: "ID, Prompt"),
            "'ID' should be 'id', ' Prompt' should be 'prompt'"
        ),
        (text.replacing("winner", with: "Winner"), "'Winner' looks like the winner"),
        (text.replacing("id,prompt", with: "id,id"), "missing: prompt"),
        ("id,prompt,response_a,response_b,prompt\n1,a,b,c,d\n", "two columns are named 'prompt'"),
    ])
    func othersAreNamed(_ text: String, _ reason: String) {
        let message = message(Array(text.utf8))
        #expect(message?.contains(reason) == true, "\(message ?? "it was read")")
        #expect(message?.contains("data.csv") == true)
    }

    @Test func archivesAndBinariesAreNamed() {
        #expect(message([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 1, 2])?.contains("xz --decompress") == true)
        #expect(
            message(Array("id,prompt\n".utf8) + [UInt8](repeating: 1, count: 90))?.contains("binary") == true)
        var tar = [UInt8](repeating: 0, count: 512)
        tar.replaceSubrange(0..<5, with: "a.csv".utf8)
        tar.replaceSubrange(257..<262, with: "ustar".utf8)
        #expect(message(tar)?.contains("a tar archive") == true)
    }

    @Test func compressedFilesAreRead() throws {
        // The text of the tests of `CompressedFile`, whose columns are too few: the message is about the file in the archive.
        let archive = FilePath(#filePath).parent.parent.parent
            .appending("ColumnsTests/Fixtures/packed/train.csv.zip")
        let message = message(try FileContents.read(archive))
        #expect(message?.contains("missing: response_a, response_b") == true)
        #expect(message?.contains("data.csv") == true && message?.contains("unpacked") == false)
    }

    @Test func whatIsCompressedTwiceIsNamed() throws {
        let archive = FilePath(#filePath).parent.parent.parent
            .appending("ColumnsTests/Fixtures/packed/twice.csv.gz")
        let message = message(try FileContents.read(archive))
        #expect(message?.contains("data.csv contains a file that is compressed itself") == true)
    }

    @Test func oneNULByteRejectsItsRowOnly() throws {
        let damaged = Self.text.replacing("Hi 7\"", with: "Hi \0 7\"")
        let found = try SourceTrial(Array(damaged.utf8), named: "data.csv")
        #expect(found.rows.count == 29 && found.rejects == ["7 nul-byte"])
        #expect(found.details == [["prompt", "prompt", "[\"Hi \0 7\"]"]])
        let json = (1...20).map {
            "{\"id\":\($0),\"prompt\":[\"p\"],\"response_a\":[\"x\"],\"response_b\":[\"y\"]}\n"
        }
        .joined().replacing("\"id\":5,", with: "\"id\":5,\"a\":\"\0\",")
        let records = try SourceTrial(json, "json")
        #expect(records.rows.count == 19 && records.rejects == ["5 nul-byte"])
        let pairs = (1...9).map { "p\($0),good\($0 == 4 ? "\0" : ""),bad\n" }.joined()
        let chosen = try SourceTrial("prompt,chosen,rejected\n" + pairs)
        #expect(chosen.rows.count == 8 && chosen.rejects == ["4 nul-byte"])
    }

    @Test func textAfterAClosingQuoteRejectsTheRowInEveryColumn() throws {
        let header = "id,prompt,response_a,response_b,winner_model_a,winner_model_b,winner_tie,notes\n"
        let cells = ["7", "[\"\"p\"\"]", "[\"\"x\"\"]", "[\"\"y\"\"]", "1", "0", "0", "n"]
        let good = (1...9).map {
            "\($0)," + cells.dropFirst().map { "\"\($0)\"" }.joined(separator: ",") + "\n"
        }
        for place in cells.indices {
            let row = cells.indices.map { "\"\(cells[$0])\"" + ($0 == place ? "23" : "") }.joined(
                separator: ",")
            let found = try SourceTrial(header + good.joined() + row + "\n")
            #expect(found.rows.count == 9 && found.rejects == ["10 malformed-field"], "column \(place)")
            #expect(found.details[0][0] == header.dropLast().split(separator: ",")[place].description)
        }
        let pairs = try SourceTrial("prompt,chosen,rejected,x\np,a,b,c\nq,a,b,\"c\"d\n")
        #expect(pairs.rejects == ["2 malformed-field"])
    }

    @Test func theLimitOfACellHoldsInEveryColumnAndFormat() throws {
        let long = String(repeating: "x", count: 2_000)
        let names = ["id", "model_a", "source", "language", "group", "prompt"]
        func fields(_ place: String?) -> [(String, String)] {
            names.map { ($0, $0 == place ? long : $0 == "id" ? "1" : "v") }
        }
        for name in names {
            let values = fields(name)
            let cells = values.map { $0.0 == "prompt" ? "\"[\"\"\($0.1)\"\"]\"" : $0.1 }
            let csv =
                values.map(\.0).joined(separator: ",") + ",response_a,response_b\n"
                + cells.joined(separator: ",") + ",\"[\"\"a\"\"]\",\"[\"\"b\"\"]\"\n"
            #expect(
                try SourceTrial(csv, "kaggle", ["maximumCellBytes": 1_024]).rejects == ["1 oversize-cell"])
            let members = values.map { "\"\($0.0)\":" + ($0.0 == "prompt" ? "[\"\($0.1)\"]" : "\"\($0.1)\"") }
            let json =
                "{" + members.joined(separator: ",") + ",\"response_a\":[\"a\"],\"response_b\":[\"b\"]}\n"
            #expect(try SourceTrial(json, "json", ["maximumCellBytes": 1_024]).rejects == ["1 oversize-cell"])
        }
    }

    @Test func aFailedStageKeepsItsRejectsAndNamesTheFirst() throws {
        try withTemporaryFolder { folder in
            let text = Self.text.replacing("model_a", with: "nobody")
            let path = folder.appending("train.csv")
            try FileContents.write(text, to: path)
            let outputs = Dictionary(
                uniqueKeysWithValues: Ingest.schema.outputs.map { ($0.name, folder.appending($0.fileName)) })
            let context = StageContext(
                inputs: ["file": [StageContext.Input(path: path)]], outputs: outputs,
                scratch: folder, resume: folder.appending("kept"))
            do {
                try Ingest.run(parameters: [:], in: context)
                Issue.record("the stage did not fail")
            } catch {
                #expect("\(error)".contains("train.csv: 30 of 30 rows were rejected: 30 invalid-winner"))
                #expect("\(error)".contains("The first: row 1, column 'winner': invalid-winner, 'nobody'"))
            }
            #expect(try FileStatus(of: folder.appending("kept/rejects.parquet")).size > 0)
        }
    }
}
