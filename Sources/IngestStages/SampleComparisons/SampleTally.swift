import Comparisons
import Glibc
import StageSchemas

/// Statistics of a generated file, and the lowest log loss that its labels allow.
struct SampleTally: Sendable {
    private(set) var rows = 0
    private var labels: [String: Int] = [:]
    private var languages: [String: Int] = [:]
    private var turns: [Int: Int] = [:]
    private var duplicates = 0
    private var swapped = 0
    private var nulls = 0
    private var empties = 0
    private var entropy = 0.0
    private var surprise = 0.0

    mutating func add(_ row: SampleRows.Row) {
        rows += 1
        labels[row.label.rawValue, default: 0] += 1
        languages[row.conversation.language, default: 0] += 1
        turns[row.conversation.prompt.count, default: 0] += 1
        duplicates += row.isDuplicate ? 1 : 0
        swapped += row.isDuplicate && row.isSwapped ? 1 : 0
        for response in row.conversation.responseA + row.conversation.responseB {
            nulls += response == nil ? 1 : 0
            empties += response?.isEmpty == true ? 1 : 0
        }
        let index: Int
        switch row.label {
        case .a: index = 0
        case .b: index = 1
        case .tie: index = 2
        }
        entropy -= row.probabilities.reduce(0) { $0 + $1 * log($1) }
        surprise -= log(row.probabilities[index])
    }

    /// The lowest expected log loss: the mean entropy of the probabilities from which votes are drawn.
    var expectedLogLoss: Double { SampleTally.rounded(entropy / Double(max(1, rows))) }

    /// The log loss of those probabilities on the actual votes.
    var realisedLogLoss: Double { SampleTally.rounded(surprise / Double(max(1, rows))) }

    /// The log loss of predicting the label shares, regardless of the text.
    var priorLogLoss: Double {
        let loss = labels.keys.sorted().reduce(0.0) { sum, label in
            let share = Double(labels[label] ?? 0) / Double(max(1, rows))
            return sum - share * log(share)
        }
        return SampleTally.rounded(loss)
    }

    /// The counts for the report; those of a file without labels do not include votes.
    func report(isLabelled: Bool) -> Value {
        func counts(_ counts: [String: Int]) -> Value { .map(counts.mapValues { .integer($0) }) }
        var result: [String: Value] = [
            "rows": .integer(rows), "languages": counts(languages),
            "turns": counts(Dictionary(turns.map { (String($0), $1) }) { first, _ in first }),
            "duplicates": .integer(duplicates), "swappedDuplicates": .integer(swapped),
            "nullResponses": .integer(nulls), "emptyResponses": .integer(empties),
            "bestLogLoss": .map(
                ["expected": .number(expectedLogLoss)].merging(
                    isLabelled ? ["realised": .number(realisedLogLoss)] : [:]
                ) { first, _ in first }),
        ]
        if isLabelled {
            result["labels"] = counts(labels)
            result["priorLogLoss"] = .number(priorLogLoss)
        }
        return .map(result)
    }

    /// Rounded to six digits: the last bits of a logarithm differ between math libraries.
    private static func rounded(_ number: Double) -> Double { (number * 1e6).rounded() / 1e6 }
}
