import FoundationEssentials
import TestSupport
import Testing

/// `sluice kinds --fingerprints`.
struct KindFingerprintsTests {
    private struct Row: Decodable {
        let name: String
        let fingerprint: String
    }

    private func run(_ arguments: String...) throws -> BuiltProgram.Outcome {
        try withTemporaryFolder { folder in
            try BuiltProgram.sluice.run(["kinds", "--fingerprints"] + arguments, in: folder)
        }
    }

    @Test func everyKindHasItsOwnFingerprint() throws {
        let outcome = try run("--json")
        let rows = try JSONDecoder().decode([Row].self, from: Data(outcome.output.utf8))
        #expect(rows.count >= 25)
        #expect(Set(rows.map(\.fingerprint)).count == rows.count)
        #expect(rows.allSatisfy { $0.fingerprint.utf8.count == 64 })
        #expect(rows.map(\.name).contains("train-language-model"))

        let lines = try run().output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(lines.map { $0.map(String.init) } == rows.map { [$0.name, $0.fingerprint] })
    }

    @Test func oneKindIsShownAlone() throws {
        let lines = try run("split").output.split(separator: "\n")
        #expect(lines.count == 1 && lines.first?.hasPrefix("split  ") == true)
        #expect(try run("nosuch").status == 2)
    }
}
