import Dataflow
import Digests
import Files
import StageSchemas
import TestSupport
import Testing

@testable import PipelineFiles

/// Inputs by pattern and URL, outputs that need not be written, when a stage runs, secrets, and resources of one's own.
struct StageKeysTests {
    private static let downloadSchema = StageSchema(
        name: "download", summary: "Downloads.", inputs: [],
        outputs: [OutputPort("file", "file", "The file.")],
        parameters: [
            Parameter("url", .string, "The URL."), Parameter("sha256", .string, "The digest."),
        ])
    private static let digest = SHA256.digest(of: "content")

    private func stages(_ text: String) throws -> [Stage] {
        try PipelineFile.load(
            text: "pipeline: p\nstages:\n" + text, file: "p.yaml", schemas: [Self.downloadSchema],
            fingerprints: ["download": SHA256.digest(of: "code")]
        ).pipeline.stages
    }

    private func mistakes(_ text: String) -> [String] {
        do {
            _ = try stages(text)
            return []
        } catch let errors as PipelineFileErrors {
            return errors.errors.map(\.message)
        } catch {
            return ["\(error)"]
        }
    }

    @Test func aPatternIsOneSource() throws {
        let stage = try #require(
            try stages("  s: { run: x, inputs: { d: { glob: 'docs/*.txt' } }, outputs: { o: o } }\n").first)
        #expect(
            stage.inputs.map(\.source) == [.external(ExternalSource(path: "docs/*.txt", shape: .matches))])
    }

    @Test func codeIsFilesFoldersAndPatterns() throws {
        let stage = try #require(
            try stages("  s: { run: x, code: [a.py, { glob: 'src/**' }], outputs: { o: o } }\n").first)
        guard case .command(let command) = stage.work else { fatalError("a run: stage has a command") }
        #expect(
            command.code == [
                ExternalSource(path: "a.py", shape: .any), ExternalSource(path: "src/**", shape: .matches),
            ])
    }

    @Test func aURLIsAStage() throws {
        let input = "{ url: 'https://example.org/a/data.gz?x=1', sha256: '\(Self.digest)' }"
        let other = "{ url: 'file:///a%20b/data.gz', sha256: '\(SHA256.digest(of: "other"))' }"
        let stages = try stages(
            """
              s: { run: x, inputs: { d: \(input) }, outputs: { o: o } }
              t: { run: x, inputs: { d: \(input), e: \(other) }, outputs: { o: o } }

            """)
        let second = "download:data.gz@" + SHA256.digest(of: "other").abbreviated
        #expect(stages.map(\.id.description) == ["download:data.gz", second, "s", "t"])
        #expect(stages[0].outputs.map(\.expected) == [Self.digest])
        #expect(stages[0].isKnownByContent && !stages[2].isKnownByContent)
        #expect(stages[0].permissions.allowsNetwork && stages[0].permissions.readable.isEmpty)
        #expect(!stages[1].permissions.allowsNetwork && stages[1].permissions.readable == ["/a b/data.gz"])
        #expect(stages[2].inputs.flatMap(\.references).map(\.description) == ["download:data.gz.file"])
        #expect(stages[3].inputs.flatMap(\.references).map(\.stage) == [stages[0].id, stages[1].id])
    }

    @Test func aMatrixOfFilesHasTheirPaths() throws {
        try withTemporaryFolder { folder in
            for name in ["b.txt", "a.txt", "c.md"] { try write("x", to: folder.appending(name)) }
            let stages = try stages(
                "  s: { run: 'x ${matrix.f}', matrix: { f: { glob: '\(folder)/*.txt' } }, outputs: { o: o } }\n"
            )
            #expect(stages.map(\.id.description) == ["s[f=\(folder)/a.txt]", "s[f=\(folder)/b.txt]"])
        }
    }

    @Test func outputsRenewalSecretsAndResources() throws {
        let stages = try stages(
            """
              s:
                run: x
                outputs: { o: o, p: { file: p/, optional: true }, q: { file: q } }
                always: true
                secrets: [TOKEN]
                resources: { licenses: 2, cpus: 3 }
              t: { run: x, outputs: { o: o }, frozen: true, always: false }

            """)
        #expect(stages[0].outputs.map(\.isOptional) == [false, true, false])
        #expect(stages[0].outputs.map(\.isDirectory) == [false, true, false])
        #expect(stages[0].renewal == .always && stages[1].renewal == .frozen)
        #expect(stages[0].secrets == ["TOKEN"])
        #expect(stages[0].resources.others == ["licenses": 2] && stages[0].resources.cpus == 3)
    }

    @Test(arguments: [
        ("inputs: { d: { url: 'https://x' } }", "an input with url: needs the file's sha256:"),
        ("inputs: { d: { file: x, sha256: y } }", "sha256: is only for an input with url:"),
        ("inputs: { d: { url: 'https://x', sha256: 12 } }", "sha256: expected 64 hexadecimal digits"),
        ("inputs: { d: { glob: 'a[' } }", "a '[' that is not closed"),
        ("inputs: { d: { glob: 'a/' } }", "is not a pattern for files"),
        ("inputs: { d: { glob: 'a', file: b } }", "needs one of file:, directory:, glob: and url:"),
        ("code: [{ globb: 'x' }]", "code: expected the path of a file or folder"),
        ("matrix: { f: { glob: 'nothing-has-this-name*' } }", "no file matches 'nothing-has-this-name*'"),
        ("always: maybe", "always: expected true or false"),
        ("always: true, frozen: true", "cannot be both"),
        ("secrets: ['A=b']", "write the name, not the value"),
        ("resources: { cpu: 1 }", "unknown resource 'cpu'"),
        ("resources: { x: 1.5 }", "x: expected an integer"),
    ])
    func mistakesAreSaid(_ key: String, _ message: String) {
        let mistakes = mistakes("  s: { run: 'x', outputs: { o: o }, \(key) }\n")
        #expect(mistakes.count == 1 && mistakes[0].contains(message), "\(mistakes)")
    }

    @Test func charactersReservedForBytesAreRejected() {
        #expect(
            mistakes("  s: { run: 'echo \u{10FFE9}', outputs: { o: o } }\n").first?.contains("U+10FF80")
                == true)
    }

    @Test func availableDevicesComeFirst() throws {
        func load(_ resources: String) throws -> [String: Int] {
            try PipelineFile.load(
                text:
                    "pipeline: p\nresources: { \(resources) }\nstages: { s: { run: x, outputs: { o: o } } }\n",
                file: "p.yaml", schemas: [], fingerprints: [:]
            ).pipeline.resources
        }
        #expect(try load("licenses: 3") == ["licenses": 3])
        #expect(throws: PipelineFileErrors.self) { try load("cpus: 3") }
    }
}
