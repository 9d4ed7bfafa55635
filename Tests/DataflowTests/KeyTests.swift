import Dataflow
import Digests
import StageSchemas
import Testing

@Suite struct KeyTests {
    /// The digests come from Tests/DataflowTests/References/keys.py.
    @Test(arguments: [
        (
            KeyMaterial(
                kind: "split", fingerprint: SHA256.digest(of: "code"),
                parameters: [
                    "folds": 5, "ratio": 0.25, "groupBy": "prompt", "none": .null, "flags": [true, false],
                ],
                inputs: ["rows": [KeyMaterial.Element(digest: SHA256.digest(of: "rows"))]]),
            "e20643ac399abfa50dc97a3345d2d5f7a3c8643ef86280e2f2808506322c00b7"
        ),
        (
            KeyMaterial(
                kind: "blend", fingerprint: SHA256.digest(of: "code"),
                inputs: [
                    "predictions": [
                        KeyMaterial.Element(coordinates: ["fold": 0], digest: SHA256.digest(of: "p0")),
                        KeyMaterial.Element(coordinates: ["fold": 1], digest: SHA256.digest(of: "p1")),
                    ]
                ]),
            "bd9aa945b66f52e0755c82e0089d503c781e8580db77c3cc22bf1da7003f96ec"
        ),
        (
            KeyMaterial(
                kind: "run", inputs: ["rows": [KeyMaterial.Element(digest: SHA256.digest(of: "rows"))]],
                command: "wc -w < ${inputs.rows} > ${outputs.count}", outputs: ["count": "count.txt"],
                code: [SHA256.digest(of: "script")], environment: ["LANG": "C", "UNSET": nil]),
            "91a5185cc895b1f84d13e141dd9dce512ca6da5aa658205ee50b00fdc187f5d2"
        ),
        (
            KeyMaterial(kind: "é", parameters: ["ключ": "e\u{301}", "é": "é"]),
            "86d7036973342e8fa04ffb9ebaca75f9a4a7efe9dad4e9cbb9467e649ad9472c"
        ),
    ])
    func `golden keys`(material: KeyMaterial, expected: String) {
        #expect(Key(material).description == expected)
    }

    @Test func `numbers are normalised`() {
        func key(_ value: Value) -> Key { Key(KeyMaterial(kind: "k", parameters: ["x": value])) }
        #expect(key(1) == key(1.0))
        #expect(key(.number(-0.0)) == key(0))
        #expect(key(1.5) != key(1))
        #expect(key("1") != key(1))
        #expect(key([1, [2]]) != key([[1], 2]))
        #expect(key(.null) != Key(KeyMaterial(kind: "k")))
    }

    @Test func `every part of the material changes the key`() {
        let base = KeyMaterial(
            kind: "run", fingerprint: SHA256.digest(of: "f"), parameters: ["a": 1],
            inputs: ["i": [KeyMaterial.Element(digest: SHA256.digest(of: "d"))]], command: "c",
            outputs: ["o": "o.txt"], code: [SHA256.digest(of: "s")], environment: ["E": "v"])
        var variants: [KeyMaterial] = []
        func variant(_ change: (inout KeyMaterial) -> Void) {
            var copy = base
            change(&copy)
            variants.append(copy)
        }
        variant { $0.kind = "other" }
        variant { $0.fingerprint = nil }
        variant { $0.parameters["a"] = 2 }
        variant { $0.parameters["b"] = 1 }
        variant { $0.inputs["i"] = [] }
        variant { $0.inputs["j"] = $0.inputs["i"] }
        variant { $0.inputs["i"]?.append(KeyMaterial.Element(digest: SHA256.digest(of: "d"))) }
        variant {
            $0.inputs["i"] = [
                KeyMaterial.Element(coordinates: ["fold": 0], digest: SHA256.digest(of: "d"))
            ]
        }
        variant { $0.command = nil }
        variant { $0.outputs["o"] = "p.txt" }
        variant { $0.code = [] }
        variant { $0.environment["E"] = .some(nil) }
        variant { $0.environment = [:] }
        #expect(Set(([base] + variants).map { Key($0) }).count == variants.count + 1)
    }
}
