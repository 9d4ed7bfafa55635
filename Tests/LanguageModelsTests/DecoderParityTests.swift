import Checkpoints
import Tensors
import Testing

@testable import LanguageModels

/// Against transformers and PEFT in single precision.
@Suite struct DecoderParityTests {
    static let models = [
        "gemma2", "gemma3", "llama31", "llama32", "llama-linear", "mistral", "phi3", "qwen2", "qwen3",
    ]

    @Test(arguments: models, [false, true])
    func logitsMatchTransformersWithAndWithoutAnAdapter(_ name: String, hasAdapter: Bool)
        throws
    {
        let reference = try DecoderReference(name)
        let decoder = try Decoder(
            reference.configuration, weights: reference.weights, adapter: reference.adapter())
        let batch = SequenceBatch(try reference.sequences)
        let parameters = try hasAdapter ? reference.vector(decoder.layout, prefix: "adapter.") : nil
        let logits = try decoder.logits(batch, at: Array(batch.tokens.indices), parameters: parameters)
        for sequence in 0..<batch.count {
            let expected = try reference.numbers((hasAdapter ? "logits." : "base.") + "\(sequence)")
            let (difference, size) = distance(logits[batch.positions(of: sequence)], expected)
            #expect(difference < 1e-4, "sequence \(sequence)")
            #expect(size > 1)
        }
        // The last layer's savings change nothing.
        let tokens = [5, 60, 1]
        let last = try decoder.logits(
            batch, at: batch.lastPositions.reversed(), tokens: tokens, parameters: parameters)
        for (row, position) in batch.lastPositions.reversed().enumerated() {
            #expect(distance(last[row], tokens.map { logits[position][$0] }).difference < 1e-5)
        }
    }

    @Test(arguments: models)
    func adapterGradientsMatchPEFT(_ name: String) throws {
        let reference = try DecoderReference(name)
        var decoder = try Decoder(
            reference.configuration, weights: reference.weights, adapter: reference.adapter(), threads: 2)
        let parameters = try reference.vector(decoder.layout, prefix: "adapter.")
        let batch = SequenceBatch(try reference.sequences)
        let targets = labelTargets(batch)
        var gradients = ParameterVector(zeros: decoder.layout)
        let report = try decoder.lossAndGradients(
            batch, targets: targets, parameters: parameters, addingTo: &gradients)
        let loss = try reference.numbers("loss")[0]
        #expect(abs(Float(report.loss) - loss) < 1e-4 * loss)
        for entry in decoder.layout.entries {
            let (difference, size) = distance(
                gradients.numbers[entry.range], try reference.numbers("gradient." + entry.name))
            #expect(difference <= 1e-4 * size, "\(entry.name)")
        }

        // With no room for what the forward pass leaves, the same bits.
        decoder.activationBytes = 0
        var again = ParameterVector(zeros: decoder.layout)
        let second = try decoder.lossAndGradients(
            batch, targets: targets, parameters: parameters, addingTo: &again)
        #expect(second == report && again == gradients)
    }

    @Test(arguments: ["gemma2-whole", "gemma3-whole", "qwen2-whole", "qwen3-whole"])
    func gradientsOfAWholeModelMatchPyTorch(_ name: String) throws {
        let reference = try DecoderReference(name)
        let decoder = Decoder(training: reference.configuration)
        let parameters = try reference.vector(decoder.layout, prefix: "model.")
        let batch = SequenceBatch(try reference.sequences)
        let positions = (0..<batch.count).flatMap { batch.positions(of: $0).dropLast() }
        let targets = positions.map {
            Target(position: $0, weight: 1 / Double(positions.count), kind: .token(batch.tokens[$0 + 1]))
        }
        var gradients = ParameterVector(zeros: decoder.layout)
        let report = try decoder.lossAndGradients(
            batch, targets: targets, parameters: parameters, addingTo: &gradients)
        #expect(abs(Float(report.loss) - (try reference.numbers("loss")[0])) < 1e-4)
        for entry in decoder.layout.entries {
            let (difference, size) = distance(
                gradients.numbers[entry.range], try reference.numbers("gradient." + entry.name))
            #expect(difference <= 1e-4 * size, "\(entry.name)")
        }
    }

    @Test func aClassificationHeadMatchesPEFT() throws {
        let reference = try DecoderReference("classes")
        let decoder = try Decoder(
            reference.configuration, weights: reference.weights, adapter: reference.adapter(classCount: 3))
        let parameters = try reference.vector(decoder.layout, prefix: "adapter.")
        let batch = SequenceBatch(try reference.sequences)
        let logits = try decoder.classLogits(batch, parameters: parameters)
        for sequence in 0..<batch.count {
            #expect(distance(logits[sequence], try reference.numbers("logits.\(sequence)")).difference < 1e-4)
        }
        var gradients = ParameterVector(zeros: decoder.layout)
        let targets = batch.lastPositions.map {
            Target(position: $0, kind: .classes(probabilities: [0, 1, 0]))
        }
        let report = try decoder.lossAndGradients(
            batch, targets: targets, parameters: parameters, addingTo: &gradients)
        let loss = try reference.numbers("loss")[0]
        #expect(abs(Float(report.loss) - loss) < 1e-4 * loss)
        for entry in decoder.layout.entries {
            let (difference, size) = distance(
                gradients.numbers[entry.range], try reference.numbers("gradient." + entry.name))
            #expect(difference <= 1e-4 * size, "\(entry.name)")
        }
    }

    /// The last two tokens of each sequence, each predicted by the position before it.
    private func labelTargets(_ batch: SequenceBatch) -> [Target] {
        (0..<batch.count).flatMap { sequence in
            batch.positions(of: sequence).dropFirst().suffix(2).map {
                Target(position: $0 - 1, kind: .token(batch.tokens[$0]))
            }
        }
    }
}
