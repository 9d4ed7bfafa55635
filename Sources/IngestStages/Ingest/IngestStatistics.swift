import Columns
import Comparisons
import StageSchemas

/// Statistics of the accepted rows.
struct IngestStatistics: Sendable {
    private var labels: [String: Int] = [:]
    private var turns: [Int: Int] = [:]
    private var languages = TextCounts()
    private var sources = TextCounts()
    private var models = TextCounts()
    private var nullPrompts = 0
    private var nullResponses = 0
    private var emptyResponses = 0

    /// Counts a table's rows.
    mutating func add(_ table: ComparisonTable) {
        let unknown = Array("unknown".utf8)[...]
        for row in 0..<table.count {
            labels[table.label(row)?.rawValue ?? "none", default: 0] += 1
            turns[table.prompt.elements(ofRow: row).count, default: 0] += 1
            languages.add(table.language.utf8(at: row) ?? unknown)
            sources.add(table.source.utf8(at: row) ?? [])
            models.add(table.modelA.utf8(at: row) ?? unknown)
            models.add(table.modelB.utf8(at: row) ?? unknown)
        }
        nullPrompts += IngestStatistics.absent(table.prompt).nulls
        for lists in [table.responseA, table.responseB] {
            let absent = IngestStatistics.absent(lists)
            nullResponses += absent.nulls
            emptyResponses += absent.empties
        }
    }

    /// The number of rows with a label.
    var labelled: Int { labels.reduce(0) { $0 + ($1.key == "none" ? 0 : $1.value) } }

    /// The number of null elements, and of empty ones.
    private static func absent(_ lists: StringLists) -> (nulls: Int, empties: Int) {
        var found = (nulls: 0, empties: 0)
        for row in 0..<lists.count {
            for element in lists.elements(ofRow: row) {
                guard let text = lists.utf8(element) else {
                    found.nulls += 1
                    continue
                }
                found.empties += text.isEmpty ? 1 : 0
            }
        }
        return found
    }

    /// The counts, by name.
    var report: [String: Value] {
        [
            "labels": .map(labels.mapValues { .integer($0) }),
            "turns": .map(Dictionary(turns.map { (String($0), .integer($1)) }) { first, _ in first }),
            "languages": .map(languages.byText.mapValues { .integer($0) }),
            "sources": .map(sources.byText.mapValues { .integer($0) }),
            "models": .map(models.byText.mapValues { .integer($0) }),
            "nullPrompts": .integer(nullPrompts), "nullResponses": .integer(nullResponses),
            "emptyResponses": .integer(emptyResponses),
        ]
    }
}
