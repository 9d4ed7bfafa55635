import Dataflow
import Digests
import StageSchemas
import Testing

@Suite struct StalenessTests {
    private let first = SHA256.digest(of: "first")
    private let second = SHA256.digest(of: "second")

    private func kind(
        _ name: String, _ fingerprint: Digest, _ parameters: [String: Value] = [:],
        inputs: [String: [KeyMaterial.Element]] = [:]
    ) -> KeyMaterial {
        KeyMaterial(.kind(name: name, fingerprint: fingerprint, parameters: parameters), inputs: inputs)
    }

    @Test func equalMaterialsGiveNoReason() {
        let material = kind("split", first, ["seed": 1])
        #expect(Staleness.reasons(from: material, to: material) == [])
        #expect(Staleness.reasons(from: nil, to: material) == [.neverRan])
    }

    @Test func eachChangeOfAKindIsNamedWithOldAndNewValues() {
        let old = kind(
            "split", first, ["seed": 1, "gone": true, "same": 0],
            inputs: ["rows": [KeyMaterial.Element(digest: first)]])
        let new = kind(
            "split", second, ["seed": 2, "more": "x", "same": 0],
            inputs: [
                "rows": [KeyMaterial.Element(digest: second)], "extra": [KeyMaterial.Element(digest: first)],
            ])
        #expect(
            Staleness.reasons(from: old, to: new) == [
                .codeChanged,
                .parametersChanged(name: "gone", from: true, to: nil),
                .parametersChanged(name: "more", from: nil, to: "x"),
                .parametersChanged(name: "seed", from: 1, to: 2),
                .inputChanged(name: "extra", from: nil, to: first),
                .inputChanged(name: "rows", from: first, to: second),
            ])
    }

    @Test func eachChangeOfACommandIsNamedWithOldAndNewValues() {
        let old = KeyMaterial(
            .command(
                KeyMaterial.Command(
                    text: "a", interpreter: [], outputs: ["o": "o"], code: [first],
                    environment: ["LANG": "C", "GONE": nil])),
            inputs: ["rows": [KeyMaterial.Element(digest: first)]])
        let new = KeyMaterial(
            .command(
                KeyMaterial.Command(
                    text: "b", outputs: ["o": "o"], code: [second], environment: ["LANG": nil, "NEW": nil])),
            inputs: ["rows": [KeyMaterial.Element(digest: second)]])
        #expect(
            Staleness.reasons(from: old, to: new) == [
                .codeChanged,
                .parametersChanged(name: "shell", from: "sh -c", to: "bash -euo pipefail"),
                .inputChanged(name: "rows", from: first, to: second),
                .commandChanged(from: "a → o: o", to: "b → o: o"),
                .environmentChanged(name: "GONE", from: nil, to: nil),
                .environmentChanged(name: "LANG", from: "C", to: nil),
                .environmentChanged(name: "NEW", from: nil, to: nil),
            ])
    }

    @Test func aDifferentKindIsTheOnlyReasonGiven() {
        let split = kind("split", first, ["seed": 1])
        let pack = kind("pack", first, ["length": 1])
        let command = KeyMaterial(.command(KeyMaterial.Command(text: "true")))
        #expect(Staleness.reasons(from: split, to: pack) == [.kindChanged(from: "split", to: "pack")])
        #expect(Staleness.reasons(from: split, to: command) == [.kindChanged(from: "split", to: "run")])
        #expect(Staleness.reasons(from: command, to: split) == [.kindChanged(from: "run", to: "split")])
    }
}
