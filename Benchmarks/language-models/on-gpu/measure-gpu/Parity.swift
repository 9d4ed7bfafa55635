import Checkpoints
import Files
import Foundation
import LanguageModels
import Tensors

/// A model's logits and losses, to be compared between the processor, a GPU and transformers.
struct Parity {
    /// `rows.json` in the folder.
    private struct Rows: Decodable {
        let prompts: [[Int]]
        let labels: [Int]
        let answers: [Int]
        let end: Int
        let learningRate: Double
    }

    let folder: FilePath
    /// Where states are saved, if they are.
    let states: FilePath?

    func run(on operations: (any FusedOperations)?) throws {
        let model = folder.appending("model")
        let rows = try JSONDecoder().decode(
            Rows.self, from: Data(FileContents.read(folder.appending("rows.json"))))
        let configuration = try ModelConfiguration(folder: model)
        let adapter = try AdapterFolder(folder.appending("adapter"), for: configuration)
        let decoder = try Decoder(
            configuration, weights: DecoderWeights(checkpoint: model, configuration, on: operations),
            adapter: adapter.adapter, threads: 2, on: operations)
        let batch = SequenceBatch(rows.prompts)
        let logits = try decoder.logits(
            batch, at: batch.lastPositions, tokens: rows.answers, parameters: adapter.parameters)

        let loss = LossOptions(options: rows.answers, endToken: rows.end)
        let examples = try zip(rows.prompts, rows.labels).map {
            TrainingExample([try loss.sequence(prompt: $0, label: $1)])
        }
        // In the given order, so that another program can do the same.
        let options = TrainingOptions(
            epochs: 100, examplesPerStep: 4, tokensPerPass: 2_048, shuffles: false, maximumSteps: 20,
            optimizer: OptimizerOptions(
                learningRate: rows.learningRate, weightDecay: 0, schedule: LearningRateSchedule(.constant)))
        let trainer = try Trainer(options, decoder: decoder, examples: examples)
        var state = trainer.initialState(from: adapter.parameters)
        if let states {
            let saved = try TrainingState.saved(
                in: states, identity: "parity", layout: decoder.layout, precision: .full)
            FileHandle.standardError.write(Data("continuing after step \(saved?.step ?? 0)\n".utf8))
            state = saved ?? state
        }
        try trainer.train(&state, observe: { _ in if states != nil { usleep(300_000) } }) { current in
            if let states { try current().save(to: states, identity: "parity") }
        }
        let document: [String: Any] = [
            "logits": (0..<batch.count).map { logits[$0].map { Double($0) } },
            "losses": state.steps.map(\.loss),
            "norms": state.steps.map(\.gradientNorm),
            "digest": digest(state.parameters.numbers),
        ]
        print(
            String(
                decoding: try JSONSerialization.data(withJSONObject: document, options: .sortedKeys),
                as: UTF8.self))
    }

    /// FNV-1a of the bits, which differ if any does.
    private func digest(_ numbers: [Float]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for number in numbers {
            hash = (hash ^ UInt64(number.bitPattern)) &* 0x100_0000_01B3
        }
        return String(hash, radix: 16)
    }
}
