import Dataflow
import Digests
import StageSchemas
import Testing

@Suite struct StalenessTests {
    private let first = SHA256.digest(of: "first")
    private let second = SHA256.digest(of: "second")

    @Test func `equal materials give no reason`() {
        let material = KeyMaterial(kind: "split", fingerprint: first, parameters: ["seed": 1])
        #expect(Staleness.reasons(from: material, to: material) == [])
        #expect(Staleness.reasons(from: nil, to: material) == [.neverRan])
    }

    @Test func `each change has its name with old and new values`() {
        let old = KeyMaterial(
            kind: "run", fingerprint: first, parameters: ["seed": 1, "gone": true],
            inputs: ["rows": [KeyMaterial.Element(digest: first)]], command: "a", outputs: ["o": "o"],
            environment: ["LANG": "C"])
        let new = KeyMaterial(
            kind: "run", fingerprint: second, parameters: ["seed": 2, "more": "x"],
            inputs: ["rows": [KeyMaterial.Element(digest: second)]], command: "b", outputs: ["o": "o"],
            environment: ["LANG": nil])
        #expect(
            Staleness.reasons(from: old, to: new) == [
                .codeChanged,
                .parametersChanged(name: "gone", from: true, to: nil),
                .parametersChanged(name: "more", from: nil, to: "x"),
                .parametersChanged(name: "seed", from: 1, to: 2),
                .inputChanged(name: "rows", from: first, to: second),
                .commandChanged(from: "a → o: o", to: "b → o: o"),
                .environmentChanged(name: "LANG", from: "C", to: nil),
            ])
    }

    @Test func `another kind is the only reason given`() {
        let old = KeyMaterial(kind: "split", parameters: ["seed": 1])
        let new = KeyMaterial(kind: "pack", parameters: ["length": 1])
        #expect(Staleness.reasons(from: old, to: new) == [.kindChanged(from: "split", to: "pack")])
    }
}
