import Files
import FoundationEssentials
import TestSupport
import Testing

/// `sluice devices`.
struct DevicesTests {
    private struct Document: Decodable {
        struct Library: Decodable {
            let name: String
            let version: String?
            let path: String?
            let missing: String?
        }
        let usable: Bool
        let libraries: [Library]
    }

    @Test func listsWhatIsAvailableAndWhatIsMissing() throws {
        try withTemporaryFolder { folder in
            let outcome = try BuiltProgram.sluice.run(["devices", "--json"], in: folder)
            #expect(outcome.status == 0)
            let document = try JSONDecoder().decode(Document.self, from: Data(outcome.output.utf8))
            #expect(document.libraries.map(\.name) == ["driver", "NVRTC", "cuBLASLt"])
            for library in document.libraries {
                #expect((library.missing == nil) == (library.version != nil && library.path != nil))
            }
            if document.usable { #expect(document.libraries.allSatisfy { $0.missing == nil }) }

            let text = try BuiltProgram.sluice.run(["devices"], in: folder)
            #expect(text.status == 0 && text.output.contains("NVRTC"))
            #expect(
                text.output.contains(document.usable ? "compute on a GPU." : "compute on the processor here.")
            )
        }
    }

    @Test func aStageThatReservesAGPUSaysWhatIsMissing() throws {
        try withTemporaryFolder { folder in
            let workspace = Workspace(folder: folder)
            try workspace.write(
                """
                pipeline: p
                stages:
                  sample: { kind: sample-comparisons, with: { rows: 20, testRows: 0, extraRows: 0 } }
                  rows: { kind: ingest, inputs: { file: sample.train }, with: { source: train, labels: required } }
                  text: { kind: pack, inputs: { rows: rows.rows }, with: { maximumTokens: 50 } }
                  model:
                    kind: create-model
                    inputs: { rows: text.packed }
                    with: { family: llama3, vocabularySize: 512, hiddenSize: 16, feedForwardSize: 16, layers: 1 }
                  packed: { kind: pack, inputs: { rows: rows.rows, tokenizer: model }, with: { template: llama3, maximumTokens: 50 } }
                  adapter:
                    kind: train-language-model
                    inputs: { model: model, rows: packed.packed }
                    with: { rank: 2, maximumSteps: 2 }
                    resources: { gpus: 1 }

                """)
            // No GPU has this name, even on a machine that has some.
            let none = "GPU-00000000-0000-0000-0000-000000000000"
            let outcome = try workspace.sluice("run", "p.yaml", environment: ["CUDA_VISIBLE_DEVICES": none])
            #expect(outcome.status == 1)
            let all = outcome.output + outcome.errors
            #expect(all.contains("device: ") && all.contains("remove `gpus`"), "\(all)")

            // Although confined, it can read a driver outside the system's folders; this file is not a real one.
            let drivers = folder.appending("drivers")
            try FileSystem.makeDirectories(drivers)
            try FileContents.write(Array(repeating: 7, count: 100), to: drivers.appending("libcuda.so.1"))
            let other = try workspace.sluice(
                "run", "p.yaml",
                environment: ["CUDA_VISIBLE_DEVICES": none, "LD_LIBRARY_PATH": drivers.text])
            #expect(other.status == 1 && other.errors.contains("invalid ELF header"), "\(other.errors)")
        }
    }
}
