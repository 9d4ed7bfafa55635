import Columns
import Digests
import Files
import Foundation
import StageSchemas
import TestSupport
import Testing

@testable import PreferenceStages

/// Packing against `References/packing.py`, which follows the rules with lists and strings.
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

    @Test func everyRowIsTheReferences() throws {
        let path = FilePath(#filePath).parent.appending("Fixtures/packing.json")
        let bytes = try FileContents.read(path, limit: 1 << 24)
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(bytes))
        #expect(fixture.cases.count >= 8)
        try withTemporaryFolder { folder in
            let trial = StageTrial(folder)
            let table = try trial.table(
                "rows.parquet",
                fixture.conversations.map { row in
                    Comparison(
                        id: row.id, source: "s", prompt: row.prompt, responseA: row.response_a,
                        responseB: row.response_b)
                })
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
