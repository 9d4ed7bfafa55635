import Files
import FoundationEssentials
import TestSupport
import Testing

private let pipeline = """
    pipeline: reasons
    parameters: { rows: 30, word: one }
    stages:
      sample: { kind: sample-comparisons, with: { rows: "${rows}", extraRows: 0, testRows: 0 } }
      count:
        run: sh script.sh ${inputs.rows} ${inputs.file} ${word} > ${outputs.n}
        inputs: { rows: sample.train, file: { file: data.txt } }
        outputs: { n: n.txt }
        code: [script.sh]
        environment: [LEVEL]
    """

private struct Status: Decodable {
    struct Stage: Decodable {
        struct Reason: Decodable { let reason: String }
        let name: String
        let state: String
        let reasons: [Reason]?
    }
    let stages: [Stage]
}

@Test func everyReasonToRunIsNamed() throws {
    try withWorkspace(pipeline) { workspace in
        let script = workspace.folder.appending("script.sh")
        try write("cat \"$1\" \"$2\" | wc -c; echo $3 $LEVEL; echo findme-reason\n", to: script)
        try write("data", to: workspace.folder.appending("data.txt"))
        /// The named reasons of the stage `count`, or of another.
        func reasons(
            _ arguments: String..., of name: String = "count", environment: [String: String] = [:]
        ) throws -> [String] {
            let outcome = try BuiltProgram.sluice.run(
                ["run", "p.yaml", "-n", "--json"] + arguments, in: workspace.folder, environment: environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let status = try JSONDecoder().decode(Status.self, from: Data(outcome.output.utf8))
            let stage = try #require(status.stages.first { $0.name == name })
            return (stage.reasons ?? []).map(\.reason)
        }
        #expect(try reasons() == ["neverRan"])
        _ = try workspace.run()
        #expect(try reasons() == [])
        #expect(try reasons("--force", "count") == ["forced"])
        #expect(try reasons("--set", "word=two") == ["commandChanged"])
        #expect(try reasons("--set", "rows=31", of: "sample") == ["parametersChanged"])
        #expect(try reasons(environment: ["LEVEL": "3"]) == ["environmentChanged"])
        let text = try read(script)
        try write(text + "# more\n", to: script)
        #expect(try reasons() == ["codeChanged"])
        try write(text, to: script)
        #expect(try reasons() == [])
        try write("other", to: workspace.folder.appending("data.txt"))
        #expect(try reasons() == ["inputChanged"])
        #expect(
            try reasons("--set", "word=two", environment: ["LEVEL": "3"]).sorted()
                == ["commandChanged", "environmentChanged", "inputChanged"])
        try write("data", to: workspace.folder.appending("data.txt"))

        // The output's only chunk is damaged.
        let store = workspace.folder.appending("artifacts/store.sqlite")
        var bytes = try FileContents.read(store)
        let marker = Array("findme-reason\n".utf8)
        let places = bytes.indices.filter { bytes[$0...].starts(with: marker) }
        #expect(places.count == 1)
        for place in places { bytes[place] ^= 1 }
        try Data(bytes).write(to: URL(filePath: store.text))
        #expect(try workspace.sluice("cache", "verify").status == 3)
        #expect(try reasons() == ["outputMissing"])
        #expect(try workspace.run().names("ran") == ["count"])
        #expect(try reasons() == [])
    }
}
