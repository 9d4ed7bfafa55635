import Dataflow
import Digests
import StageSchemas
import Testing

@testable import PipelineFiles

/// Where a stage computes is settled when the file is read.
@Suite struct DeviceTests {
    private func load(_ text: String) throws(PipelineFileErrors) -> Pipeline {
        let schema = StageSchema(
            name: "fit", summary: "Fits.", inputs: [],
            outputs: [OutputPort("model", "model.bin", "The model.")],
            parameters: [
                Parameter("device", .choice(["auto", "cpu", "cuda"]), default: "auto", "Where to compute.")
            ])
        return try PipelineFile.load(
            text: text, file: "p.yaml", schemas: [schema], fingerprints: ["fit": SHA256.digest(of: "code")],
            overrides: []
        ).pipeline
    }

    @Test func aReservedProcessorIsUsed() throws {
        let pipeline = try load(
            """
            pipeline: p
            stages:
              a: { kind: fit }
              b: { kind: fit, resources: { gpus: 1 } }

            """)
        let devices = pipeline.stages.map { stage -> Value? in
            guard case .kind(_, let parameters, _) = stage.work else { return nil }
            return parameters["device"]
        }
        #expect(devices == ["cpu", "cuda"])
    }

    @Test func aProcessorThatIsNotReservedIsAMistake() {
        let error = #expect(throws: PipelineFileErrors.self) {
            try load("pipeline: p\nstages:\n  a: { kind: fit, with: { device: cuda } }\n")
        }
        #expect(
            error?.errors.map { "\($0.location.line):\($0.location.column): \($0.message)" } == [
                "3:27: fit: device: 'cuda' requires a GPU: add `resources: { gpus: 1 }` to the stage"
            ])
    }
}
