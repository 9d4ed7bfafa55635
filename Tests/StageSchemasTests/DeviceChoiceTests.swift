import StageSchemas
import Testing

/// `auto` is settled by what a stage reserves, so that the key says what computed a result.
@Suite struct DeviceChoiceTests {
    private let schema = StageSchema(
        name: "train", summary: "Trains.", inputs: [],
        outputs: [OutputPort("model", "model.bin", "The model.")],
        parameters: [
            Parameter("device", .choice(["auto", "cpu", "cuda"]), default: "auto", "Where to compute."),
            Parameter("rounds", .integer(1...9), default: 3, "How many rounds."),
        ])

    private func device(_ given: String?, gpus: Int) -> Value? {
        let (values, problems) = schema.validated(
            given.map { ["device": .string($0)] } ?? [:], inputs: [:], gpus: gpus)
        return problems.isEmpty && values["rounds"] == 3 ? values["device"] : nil
    }

    private func problem(_ given: String, gpus: Int) -> String? {
        schema.validated(["device": .string(given)], inputs: [:], gpus: gpus).problems.first?.description
    }

    @Test func autoDependsOnTheStagesReservation() {
        #expect(device(nil, gpus: 0) == "cpu" && device("auto", gpus: 0) == "cpu")
        #expect(device(nil, gpus: 1) == "cuda" && device("auto", gpus: 1) == "cuda")
        #expect(device("cpu", gpus: 0) == "cpu" && device("cuda", gpus: 1) == "cuda")
    }

    @Test func deviceAndResourcesMustAgree() {
        #expect(
            problem("cuda", gpus: 0)
                == "device: 'cuda' requires a GPU: add `resources: { gpus: 1 }` to the stage")
        #expect(problem("cpu", gpus: 1)?.contains("the stage reserves 1") == true)
        #expect(problem("auto", gpus: 2)?.contains("one stage computes on one GPU") == true)
        #expect(problem("cuda", gpus: 1) == nil && problem("gpu", gpus: 1)?.hasPrefix("device: ") == true)
    }

    @Test func otherParametersOfThatNameAreLeftAlone() {
        let other = StageSchema(
            name: "copy", summary: "Copies.", inputs: [], outputs: [OutputPort("copy", "copy", "The copy.")],
            parameters: [Parameter("device", .string, default: "auto", "Which tape.")])
        #expect(other.validated([:], inputs: [:], gpus: 1).values["device"] == "auto")
    }
}
