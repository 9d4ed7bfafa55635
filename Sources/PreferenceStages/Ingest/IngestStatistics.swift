import Columns
import StageSchemas

/// Counts over the rows taken.
struct IngestStatistics: Sendable {
    private var labels: [String: Int] = [:]
    private var turns: [Int: Int] = [:]
    private var languages: [String: Int] = [:]
    private var sources: [String: Int] = [:]
    private var models: [String: Int] = [:]
    private var nullPrompts = 0
    private var nullResponses = 0
    private var emptyResponses = 0

    /// Counts a table's rows.
    mutating func add(_ table: ComparisonTable) {
        for row in 0..<table.count {
            labels[table.label(row)?.rawValue ?? "none", default: 0] += 1
            turns[table.prompt.elements(ofRow: row).count, default: 0] += 1
            languages[table.language[row] ?? "unknown", default: 0] += 1
            sources[table.source[row] ?? "", default: 0] += 1
            for model in [table.modelA[row], table.modelB[row]] {
                models[model ?? "unknown", default: 0] += 1
            }
            for element in table.prompt.elements(ofRow: row) {
                nullPrompts += table.prompt.utf8(element) == nil ? 1 : 0
            }
            for lists in [table.responseA, table.responseB] {
                for element in lists.elements(ofRow: row) {
                    guard let text = lists.utf8(element) else {
                        nullResponses += 1
                        continue
                    }
                    emptyResponses += text.isEmpty ? 1 : 0
                }
            }
        }
    }

    /// The counts, by name.
    var report: [String: Value] {
        [
            "labels": .map(labels.mapValues { .integer($0) }),
            "turns": .map(Dictionary(turns.map { (String($0), .integer($1)) }) { first, _ in first }),
            "languages": .map(languages.mapValues { .integer($0) }),
            "sources": .map(sources.mapValues { .integer($0) }),
            "models": .map(models.mapValues { .integer($0) }),
            "nullPrompts": .integer(nullPrompts), "nullResponses": .integer(nullResponses),
            "emptyResponses": .integer(emptyResponses),
        ]
    }
}
