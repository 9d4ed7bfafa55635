import Checkpoints
import Files
import Testing

@testable import LanguageModels

/// 20 steps against PEFT under torch's AdamW; `References/make_trainings.py` wrote the file.
@Suite struct TrainerParityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var model: String
        var optimizer: OptimizerOptions
        var loss = LossOptions(options: [10, 11, 12], endToken: 2)
        var adversary: TrainingOptions.Adversary?
        var isSoft = false
        var testDescription: String { name }
    }

    static func optimizer(
        _ shape: LearningRateSchedule.Shape, warm: Int, decay: Double = 0.01, clip: Double = 1
    ) -> OptimizerOptions {
        OptimizerOptions(
            learningRate: 1e-2, weightDecay: decay, maximumGradientNorm: clip,
            schedule: LearningRateSchedule(shape, warmUp: .steps(warm)))
    }

    static let cases = [
        Case(name: "plain", model: "gemma2", optimizer: optimizer(.cosine(), warm: 2)),
        Case(
            name: "smooth", model: "qwen2",
            optimizer: optimizer(.polynomial(power: 2, end: 0.1), warm: 3, clip: 0.5),
            loss: LossOptions(scope: .allTokens, options: [10, 11, 12], endToken: 2, smoothing: 0.1)),
        Case(
            name: "soft", model: "llama31", optimizer: optimizer(.constant, warm: 0, decay: 0.1),
            loss: LossOptions(options: [10, 11, 12], endToken: 2, softShare: 0.6, temperature: 2),
            isSoft: true),
        Case(
            name: "adversarial", model: "qwen2", optimizer: optimizer(.cosine(cycles: 1.5), warm: 0),
            loss: LossOptions(scope: .options, options: [10, 11, 12], endToken: 2),
            adversary: .init(learningRate: 0.5, epsilon: 0.02)),
        Case(
            name: "classes", model: "classes", optimizer: optimizer(.cosine(), warm: 2),
            loss: LossOptions(scope: .classes, options: [0, 1, 2], endToken: 2)),
    ]

    @Test(arguments: cases, [50, 100_000]) func matchesPEFTsLossesAndAdapters(_ item: Case, tokens: Int)
        throws
    {
        let rows = try TrainingRows()
        let reference = try DecoderReference(item.model)
        let adapter = AdapterConfiguration(
            rank: 4, alpha: 8, targets: reference.configuration.projections,
            classCount: item.loss.scope == .classes ? 3 : nil)
        let decoder = try Decoder(
            reference.configuration, weights: reference.weights, adapter: adapter, threads: 2)
        // Passes are small enough that a step has several, but for an adversary, which moves by pass.
        let options = TrainingOptions(
            epochs: 2.5, examplesPerStep: 4, tokensPerPass: item.adversary == nil ? tokens : 100_000,
            shuffles: false, optimizer: item.optimizer, adversary: item.adversary)
        let examples = try rows.examples(item.loss, isSoft: item.isSoft)
        let trainer = try Trainer(options, decoder: decoder, examples: examples)
        #expect(trainer.stepCount == 20)
        var state = trainer.initialState(from: try rows.vector(decoder.layout, prefix: item.name + ".start."))
        try trainer.train(&state)
        for (step, loss) in try rows.numbers(item.name + ".losses").enumerated() {
            #expect(abs(state.steps[step].loss - Double(loss)) < 1e-3, "step \(step)")
        }
        let end = try rows.vector(decoder.layout, prefix: item.name + ".end.")
        let (difference, size) = distance(state.parameters.numbers, end.numbers)
        #expect(difference < 0.01 * size)
    }
}

/// Rows whose label goes by their last token.
struct TrainingRows {
    private let file: SafetensorsFile

    init(_ path: String = #filePath) throws {
        file = try SafetensorsFile(FilePath(path).parent.appending("Fixtures/trainings.safetensors"))
    }

    func numbers(_ name: String) throws -> [Float] { try file.floats(of: file.required(name)) }

    private func integers(_ name: String) throws -> [Int] {
        let bytes = file.bytes(of: try file.required(name))
        return stride(from: 0, to: bytes.count, by: 4).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
    }

    /// Prompts with their labels and a teacher's probabilities.
    var rows: [(prompt: [Int], label: Int, teacher: [Double])] {
        get throws {
            let tokens = try integers("prompts")
            let labels = try integers("labels")
            let teacher = try numbers("teacher").map(Double.init)
            var start = 0
            return try integers("lengths").enumerated().map { index, length in
                defer { start += length }
                return (
                    Array(tokens[start..<start + length]), labels[index],
                    Array(teacher[(3 * index)..<(3 * index + 3)])
                )
            }
        }
    }

    func examples(_ loss: LossOptions, isSoft: Bool = false) throws -> [TrainingExample] {
        try rows.map { row in
            TrainingExample([
                try loss.sequence(
                    prompt: row.prompt, label: row.label, probabilities: isSoft ? row.teacher : nil)
            ])
        }
    }

    func vector(_ layout: ParameterLayout, prefix: String) throws -> ParameterVector {
        var vector = ParameterVector(zeros: layout)
        for entry in layout.entries {
            vector.numbers.replaceSubrange(entry.range, with: try numbers(prefix + entry.name))
        }
        return vector
    }
}
