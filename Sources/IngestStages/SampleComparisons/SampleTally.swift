import Comparisons
import Glibc
import StageSchemas

/// What is counted while a file is made, and the best log loss that its labels allow.
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

    /// The best expected log loss: the mean entropy of the probabilities that votes are drawn from.
    var expectedLogLoss: Double { SampleTally.rounded(entropy / Double(max(1, rows))) }

    /// The log loss of those probabilities on the votes as drawn.
    var realisedLogLoss: Double { SampleTally.rounded(surprise / Double(max(1, rows))) }

    /// The log loss of the label shares, which know nothing of the text.
    var priorLogLoss: Double {
        let loss = labels.keys.sorted().reduce(0.0) { sum, label in
            let share = Double(labels[label] ?? 0) / Double(max(1, rows))
            return sum - share * log(share)
        }
        return SampleTally.rounded(loss)
    }

    /// The counts for the report; a file without labels tells nothing of its votes.
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

    /// Six digits: the last bits of a logarithm differ between mathematics libraries.
    private static func rounded(_ number: Double) -> Double { (number * 1e6).rounded() / 1e6 }
}
