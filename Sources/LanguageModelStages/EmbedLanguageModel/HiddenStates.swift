import Checkpoints
import LanguageModels
import StageKit
import Tensors
import TokenRows

/// The hidden states of a table's rows.
struct HiddenStates: Sendable {
    /// Row by row.
    let values: [Float]

    /// Reads all rows of a table.
    ///
    /// - Throws: `StageFailure` if a state is not finite.
    init(
        _ decoder: Decoder, _ rows: LanguageRows, _ parameters: EmbedLanguageModel.Parameters,
        _ progress: inout PredictionProgress
    ) throws {
        let size = decoder.configuration.hiddenSize
        var values = [Float](repeating: 0, count: rows.count * size)
        let prefix = try PromptBatches.prefix(of: (0..<rows.count).map(rows.prompt), decoder, nil)
        for batch in PromptBatches.batches(
            Array(0..<rows.count), tokens: parameters.batches.tokensPerBatch, length: rows.length)
        {
            let sequences = SequenceBatch(
                batch.map { Array(rows.prompt($0).dropFirst(prefix?.tokens.count ?? 0)) })
            let ranges =
                switch parameters.pooling {
                case .last: sequences.lastPositions.map { $0..<$0 + 1 }
                case .mean: (0..<sequences.count).map(sequences.positions)
                }
            let states = try decoder.states(
                sequences, at: ranges.flatMap { $0 }, parameters: nil, after: prefix)
            var first = 0
            for (row, range) in zip(batch, ranges) {
                var sums = [Double](repeating: 0, count: size)
                for state in first..<first + range.count {
                    for (index, value) in states[state..<state + 1].enumerated() {
                        sums[index] += Double(value)
                    }
                }
                first += range.count
                for index in 0..<size {
                    let mean = Float(sums[index] / Double(range.count))
                    guard mean.isFinite else {
                        throw StageFailure("the model's output is not finite: the checkpoint is damaged")
                    }
                    values[row * size + index] = mean
                }
            }
            progress.add(batch.reduce(0) { $0 + rows.length($1) })
        }
        self.values = values
    }
}
