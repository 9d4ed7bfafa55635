import Checkpoints
import DeviceTensors
import HostTwin
import LanguageModels
import Tensors
import Testing

/// Whole passes through the device path, compared with the processor's: they differ by what BF16 rounds.
@Suite struct DevicePassTests {
    private static let models: [SmallDecoder] =
        [ModelConfiguration.Family.gemma2, .gemma3, .llama, .phi3, .qwen2, .qwen3].map { SmallDecoder($0) }
        // Wide enough for tensor cores.
        + [SmallDecoder(.gemma2, headSize: 64), SmallDecoder(.llama, headSize: 64)]

    private func lossesAndGradients(
        _ decoder: Decoder, _ parameters: ParameterVector, _ targets: [Target] = SmallDecoder.targets,
        dropout: DropoutStep? = nil
    ) throws -> (LossReport, ParameterVector) {
        var gradients = ParameterVector(zeros: decoder.layout)
        let report = try decoder.lossAndGradients(
            SmallDecoder.batch, targets: targets, parameters: parameters, addingTo: &gradients,
            dropout: dropout)
        return (report, gradients)
    }

    private func expectClose(_ one: ParameterVector, _ other: ParameterVector, _ limit: Double) {
        for entry in one.layout.entries {
            let apart = distance(one.numbers[entry.range], other.numbers[entry.range])
            #expect(apart < limit, "\(entry.name)")
        }
    }

    @Test(arguments: models.indices) func aTrainingPassIsThatOfTheProcessor(index: Int) throws {
        let model = Self.models[index]
        let (processor, device) = try model.pair()
        let parameters = model.parameters(of: processor)
        let (expected, expectedGradients) = try lossesAndGradients(processor, parameters)
        let (report, gradients) = try lossesAndGradients(device, parameters)
        #expect(abs(report.loss - expected.loss) < 0.02)
        #expect(expectedGradients.numbers.contains { $0 != 0 })
        expectClose(gradients, expectedGradients, 0.05)
        // The twin is slow, so one model has to do for this.
        guard index == 0 else { return }
        let again = try lossesAndGradients(device, parameters)
        #expect(again.0 == report && again.1 == gradients)
    }

    @Test func fourBitWeightsAndDropoutAreThoseOfTheProcessor() throws {
        var model = SmallDecoder(.gemma2, dropout: 0.3)
        model.storage = .nf4
        let (processor, device) = try model.pair()
        let parameters = model.parameters(of: processor)
        let dropout = DropoutStep(seed: 5, step: 9)
        let (expected, expectedGradients) = try lossesAndGradients(processor, parameters, dropout: dropout)
        let (report, gradients) = try lossesAndGradients(device, parameters, dropout: dropout)
        #expect(abs(report.loss - expected.loss) < 0.02)
        expectClose(gradients, expectedGradients, 0.05)
        let (plain, _) = try lossesAndGradients(device, parameters)
        #expect(abs(plain.loss - report.loss) > 1e-4, "something was dropped")
    }

    @Test func recomputedActivationsGiveTheSameBits() throws {
        let model = SmallDecoder(.gemma2)
        let decoder = try model.decoder(on: DeviceOperations(HostTwin()))
        // No layer's activations are kept but the last's.
        let small = try model.decoder(on: DeviceOperations(HostTwin(), activationBytes: 0))
        let parameters = model.parameters(of: decoder)
        let kept = try lossesAndGradients(decoder, parameters)
        let recomputed = try lossesAndGradients(small, parameters)
        #expect(kept.0 == recomputed.0 && kept.1 == recomputed.1)
    }

    @Test(arguments: [ModelConfiguration.Family.gemma2, .qwen3]) func predictionsAreThoseOfTheProcessor(
        family: ModelConfiguration.Family
    ) throws {
        let model = SmallDecoder(family)
        let (processor, device) = try model.pair()
        let parameters = model.parameters(of: processor)
        let batch = SmallDecoder.batch
        func logits(_ decoder: Decoder, tokens: [Int]?) throws -> [Float] {
            try decoder.logits(batch, at: batch.lastPositions, tokens: tokens, parameters: parameters).numbers
        }
        #expect(try distance(logits(device, tokens: nil), logits(processor, tokens: nil)) < 0.02)
        #expect(try distance(logits(device, tokens: [4, 5]), logits(processor, tokens: [4, 5])) < 0.02)
        // A common beginning, computed once.
        let beginning = Array(batch.tokens[..<5])
        let rest = SequenceBatch([Array(batch.tokens[5..<70]), Array(batch.tokens[5..<9])])
        func continued(_ decoder: Decoder) throws -> [Float] {
            let prefix = try decoder.prefix(beginning, parameters: parameters)
            return try decoder.logits(
                rest, at: rest.lastPositions, tokens: [1, 2, 3], parameters: parameters, after: prefix
            ).numbers
        }
        #expect(try distance(continued(device), continued(processor)) < 0.02)
    }

    @Test func classesAreThoseOfTheProcessor() throws {
        let model = SmallDecoder(.llama, classCount: 3)
        let (processor, device) = try model.pair()
        let parameters = model.parameters(of: processor)
        let expected = try processor.classLogits(SmallDecoder.batch, parameters: parameters).numbers
        #expect(
            try distance(device.classLogits(SmallDecoder.batch, parameters: parameters).numbers, expected)
                < 0.02)
        let targets = [Target(position: 69, kind: .classes(probabilities: [0.1, 0.2, 0.7]))]
        let (report, gradients) = try lossesAndGradients(processor, parameters, targets)
        let (own, ownGradients) = try lossesAndGradients(device, parameters, targets)
        #expect(abs(own.loss - report.loss) < 0.02)
        expectClose(ownGradients, gradients, 0.05)
    }
}
