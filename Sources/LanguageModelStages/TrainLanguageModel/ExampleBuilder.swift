import Columns
import LanguageModels
import PackedRows
import Predictions
import StageKit
import Texts
import TokenRows

/// Turns rows into training and evaluation examples.
struct ExampleBuilder: Sendable {
    /// The training and evaluation examples, and statistics of the rows.
    struct Examples: Sendable {
        var training: [TrainingExample] = []
        var evaluation: [TrainingExample] = []
        /// The number of rows with a teacher's probabilities.
        var soft = 0
        /// The number of rows with neither a label nor probabilities.
        var unlabelled = 0
        /// The number of tokens in the longest sequence.
        var longest = 0
        /// The number of tokens per epoch.
        var tokens = 0
    }

    let rows: LanguageRows
    /// The same rows with A and B exchanged, and the index of each row there.
    let swapped: (rows: LanguageRows, places: [Int])?
    let loss: LossOptions
    /// A teacher's probabilities of A, B and tie in the original orientation, by id.
    let teacher: TextMap<Probabilities>
    /// The weight of rows without a label.
    let teacherWeight: Double

    /// The examples from all rows.
    ///
    /// - Parameters:
    ///   - fold: the fold to hold out; nil for none.
    ///   - folds: the folds, required if one is held out.
    func examples(fold: Int?, folds: FoldTable?) throws -> Examples {
        var result = Examples()
        for row in 0..<rows.count {
            let id = rows.id(row)
            let label = rows.table.label(row)
            let isHeldOut = try fold.map { fold in
                guard let own = folds?.folds[id] else {
                    throw StageFailure("the row '\(id)' is not in 'folds'")
                }
                return own == fold
            }
            if isHeldOut == true {
                guard let label else { continue }
                let sequence = loss.evaluation(prompt: rows.prompt(row), label: label.answer)
                result.evaluation.append(TrainingExample([sequence]))
                continue
            }
            guard label != nil || teacher[id] != nil else {
                result.unlabelled += 1
                continue
            }
            var sequences = [try sequence(rows, row)]
            if let swapped { sequences.append(try sequence(swapped.rows, swapped.places[row])) }
            let example = TrainingExample(sequences)
            guard example.sequences.allSatisfy({ $0.targets.contains { $0.weight > 0 } }) else { continue }
            result.soft += teacher[id] == nil ? 0 : 1
            result.longest = max(result.longest, sequences.map(\.tokens.count).max() ?? 0)
            result.tokens += example.tokenCount
            result.training.append(example)
        }
        return result
    }

    private func sequence(_ rows: LanguageRows, _ row: Int) throws -> TrainingExample.Sequence {
        let label = rows.table.label(row)
        let probabilities = teacher[rows.id(row)].map { rows.table.swapped.values[row] ? $0.swapped : $0 }
        var sequence = try loss.sequence(
            prompt: rows.prompt(row), label: label?.answer,
            probabilities: probabilities.map { [$0.a, $0.b, $0.tie] })
        if label == nil {
            for index in sequence.targets.indices { sequence.targets[index].weight *= teacherWeight }
        }
        return sequence
    }
}
