import Columns
import Digests
import Files
import Foundation
import StageSchemas
import StageTestSupport
import TestSupport
import Testing

@testable import Comparisons
@testable import IngestStages
@testable import PackedRows
@testable import RowStages

/// Packing against `References/packing.py`, which follows the rules with lists and strings.
///
/// If `SLUICE_PACKING` names a file that it has written, its cases are tested, too.
struct PackReferenceTests {
    private struct Fixture: Decodable {
        struct Conversation: Decodable {
            let id: String
            let prompt: [String?]
            let response_a: [String?]
            let response_b: [String?]
        }

        struct Case: Decodable {
            let parameters: [String: Value]
            let rows: [[Value]]
        }

        let conversations: [Conversation]
        let cases: [Case]
    }

    private struct Prompts: Decodable {
        struct Case: Decodable {
            let parameters: [String: Value]
            let tokens: [[Int32]]
        }

        let cases: [Case]
    }

    private static let tests = FilePath(#filePath).parent.parent.parent

    private func read<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
        let path = Self.tests.appending("RowStagesTests/Pack/Fixtures/" + name)
        return try JSONDecoder().decode(type, from: Data(FileContents.read(path, limit: 1 << 24)))
    }

    private func table(_ trial: StageTrial, _ conversations: some Sequence<Fixture.Conversation>) throws
        -> FilePath
    {
        try trial.table(
            "rows.parquet",
            conversations.map { row in
                Comparison(
                    id: row.id, source: "s", prompt: row.prompt, responseA: row.response_a,
                    responseB: row.response_b)
            })
    }

    /// The ids of the `tokenizers` library, put together by `References/prompts.py`.
    @Test func everyTokenIsTheReferences() throws {
        let prompts = try read("prompts.json", as: Prompts.self)
        let conversations = try read("packing.json", as: Fixture.self).conversations
        let tokenizer = Self.tests.appending("TokenizersTests/Fixtures/byte-level.json")
        #expect(prompts.cases.count == 4)
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            for reference in prompts.cases {
                let table = try table(trial, conversations.prefix(reference.tokens.count))
                let packed = try PackedTable.read(
                    #require(
                        trial.run(
                            Pack.self, ["rows": [table], "tokenizer": [tokenizer]], reference.parameters)[
                                "packed"]))
                let tokens = try #require(packed.tokens)
                #expect(packed.count == reference.tokens.count)
                for row in 0..<packed.count { #expect(tokens.ids(ofRow: row) == reference.tokens[row]) }
            }
        }
    }

    @Test func everyRowIsTheReferences() throws {
        let fixture = try read("packing.json", as: Fixture.self)
        #expect(fixture.cases.count >= 8)
        try compare(fixture)
        guard let file = ProcessInfo.processInfo.environment["SLUICE_PACKING"] else { return }
        try compare(
            JSONDecoder().decode(Fixture.self, from: Data(FileContents.read(FilePath(file), limit: 1 << 30))))
    }

    private func compare(_ fixture: Fixture) throws {
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let table = try table(trial, fixture.conversations)
            for reference in fixture.cases {
                let packed = try PackedTable.read(
                    #require(trial.run(Pack.self, ["rows": [table]], reference.parameters)["packed"]))
                let rows = (0..<packed.count).map { row -> [Value] in
                    [
                        .string(packed.id[row] ?? ""), .integer(Int(packed.part.values[row])),
                        .integer(Int(packed.turns.values[row])), .boolean(packed.overflow.values[row]),
                        .boolean(packed.truncated.values[row]),
                        .string(SHA256.digest(of: Array(packed.text.utf8(at: row) ?? [])).hexadecimal),
                    ]
                }
                #expect(rows == reference.rows, "\(reference.parameters)")
            }
        }
    }
}
