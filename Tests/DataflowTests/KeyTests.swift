import Dataflow
import Digests
import StageSchemas
import Testing

@Suite struct KeyTests {
    /// The digests come from Tests/DataflowTests/References/keys.py.
    @Test(arguments: [
        (
            KeyMaterial(
                .kind(
                    name: "split", fingerprint: SHA256.digest(of: "code"),
                    parameters: [
                        "folds": 5, "ratio": 0.25, "groupBy": "prompt", "none": .null,
                        "flags": [true, false],
                    ]),
                inputs: ["rows": [KeyMaterial.Element(digest: SHA256.digest(of: "rows"))]]),
            "e20643ac399abfa50dc97a3345d2d5f7a3c8643ef86280e2f2808506322c00b7"
        ),
        (
            KeyMaterial(
                .kind(name: "blend", fingerprint: SHA256.digest(of: "code"), parameters: [:]),
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
                .command(
                    KeyMaterial.Command(
                        text: "wc -w < ${inputs.rows} > ${outputs.count}", interpreter: [],
                        outputs: ["count": "count.txt"], code: [SHA256.digest(of: "script")],
                        environment: ["LANG": "C", "UNSET": nil])),
                inputs: ["rows": [KeyMaterial.Element(digest: SHA256.digest(of: "rows"))]]),
            "91a5185cc895b1f84d13e141dd9dce512ca6da5aa658205ee50b00fdc187f5d2"
        ),
        (
            KeyMaterial(
                .command(
                    KeyMaterial.Command(
                        text: "wc -w < ${inputs.rows} > ${outputs.count}", outputs: ["count": "count.txt"])),
                inputs: ["rows": [KeyMaterial.Element(digest: SHA256.digest(of: "rows"))]]),
            "f08028a2924d3804e505acb438bc2df2ea96633e54ef8b680babc436568deab2"
        ),
        (
            KeyMaterial(
                .kind(
                    name: "é", fingerprint: SHA256.digest(of: "code"),
                    parameters: ["ключ": "e\u{301}", "é": "é"])),
            "e852f846384ab875c72429a94a9bad87f3a95d89846c9cd516e829921a7582bd"
        ),
    ])
    func keysMatchTheGoldenOnes(material: KeyMaterial, expected: String) {
        #expect(Key(material).description == expected)
    }

    private func kind(_ parameters: [String: Value] = [:]) -> KeyMaterial {
        KeyMaterial(.kind(name: "k", fingerprint: SHA256.digest(of: "f"), parameters: parameters))
    }

    @Test func numbersAreNormalized() {
        func key(_ value: Value) -> Key { Key(kind(["x": value])) }
        #expect(key(1) == key(1.0))
        #expect(key(.number(-0.0)) == key(0))
        #expect(key(1.5) != key(1))
        #expect(key("1") != key(1))
        #expect(key([1, [2]]) != key([[1], 2]))
        #expect(key(.null) != Key(kind()))
    }

    /// The keys of `bases` and of their changed copies are all different.
    private func expectDistinct(_ bases: [KeyMaterial], _ changes: [(inout KeyMaterial) -> Void]) {
        var materials = bases
        for base in bases {
            for change in changes {
                var copy = base
                change(&copy)
                materials.append(copy)
            }
        }
        #expect(Set(materials.map { Key($0) }).count == materials.count)
    }

    @Test func everyPartOfTheMaterialChangesTheKey() {
        let element = KeyMaterial.Element(digest: SHA256.digest(of: "d"))
        let other = KeyMaterial.Element(coordinates: ["fold": 0], digest: SHA256.digest(of: "d"))
        let (f, g) = (SHA256.digest(of: "f"), SHA256.digest(of: "g"))
        let command = KeyMaterial.Command(
            text: "c", outputs: ["o": "o.txt"], code: [SHA256.digest(of: "s")], environment: ["E": "v"])
        var works: [KeyMaterial.Work] = [
            .kind(name: "k", fingerprint: f, parameters: ["a": 1]),
            .kind(name: "other", fingerprint: f, parameters: ["a": 1]),
            .kind(name: "k", fingerprint: g, parameters: ["a": 1]),
            .kind(name: "k", fingerprint: f, parameters: ["a": 2]),
            .kind(name: "k", fingerprint: f, parameters: ["a": 1, "b": 1]),
            .kind(name: "run", fingerprint: f, parameters: [:]), .command(command),
        ]
        let changes: [(inout KeyMaterial.Command) -> Void] = [
            { $0.text = "d" }, { $0.interpreter = [] }, { $0.interpreter = ["bash"] },
            { $0.outputs["o"] = "p.txt" }, { $0.outputs = [:] }, { $0.code = [] },
            { $0.environment["E"] = .some(nil) }, { $0.environment = [:] },
        ]
        for change in changes {
            var copy = command
            change(&copy)
            works.append(.command(copy))
        }
        expectDistinct(
            works.map { KeyMaterial($0, inputs: ["i": [element]]) },
            [
                { $0.inputs["i"] = [] }, { $0.inputs["j"] = $0.inputs["i"] },
                { $0.inputs["i"]?.append(element) }, { $0.inputs["i"] = [other] },
            ])
    }
}
