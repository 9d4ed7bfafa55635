import Comparisons
import StageSchemas

/// The report about a split.
struct FoldReport: Sendable {
    /// The number of keys of the chosen rules that have rows in more than one fold.
    private(set) var leaks = 0
    /// The number of rows in each fold.
    private(set) var sizes: [Int]
    /// The number of rows that are never held out.
    private(set) var trainingOnly = 0
    private var labels: [[String: Int]]
    private var groups: [Set<Int>]
    private var parted: [(rule: GroupRule, isChosen: Bool, count: Int)] = []

    /// Counts rows; `folds` are those of the rows as read back.
    init(_ rows: ComparisonTable, groups: RowGroups, folds: [Int?], count: Int) {
        sizes = [Int](repeating: 0, count: count)
        labels = [[String: Int]](repeating: [:], count: count)
        self.groups = [Set<Int>](repeating: [], count: count)
        for (row, fold) in folds.enumerated() {
            guard let fold else {
                trainingOnly += 1
                continue
            }
            sizes[fold] += 1
            labels[fold][rows.label(row)?.rawValue ?? "none", default: 0] += 1
            self.groups[fold].insert(groups.indices[row])
        }
    }

    /// Counts the keys of a rule that have rows in more than one fold.
    mutating func add(_ keys: RowKeys, isChosen: Bool, _ folds: [Int?]) {
        let count = keys.parted(folds)
        parted.append((keys.rule, isChosen, count))
        if isChosen { leaks += count }
    }

    /// The number of keys of a rule that have rows in more than one fold.
    func parted(by rule: GroupRule) -> Int { parted.first { $0.rule == rule }?.count ?? 0 }

    /// The report.
    func value(groups count: Int) -> Value {
        [
            "rows": .integer(sizes.reduce(trainingOnly, +)), "trainingOnly": .integer(trainingOnly),
            "groups": .integer(count), "leaks": .integer(leaks),
            "parted": .map(
                Dictionary(uniqueKeysWithValues: parted.map { ($0.rule.rawValue, .integer($0.count)) })),
            "groupedBy": .list(parted.filter(\.isChosen).map { .string($0.rule.rawValue) }),
            "folds": .list(
                sizes.indices.map { fold in
                    [
                        "rows": .integer(sizes[fold]), "groups": .integer(groups[fold].count),
                        "labels": .map(labels[fold].mapValues { .integer($0) }),
                    ]
                }),
        ]
    }
}
